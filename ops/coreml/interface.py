"""The interface of a package: read back from the saved program, and what it has to be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ops.coreml import package
from ops.coreml.config import Precision
from ops.coreml.contract import CALLS, OUTPUT, PACKAGE, TOKENIZER
from ops.coreml.decoder import Decoder
from ops.coreml.interpreter.program import Port, Program, functions, read
from ops.coreml.interpreter.values import TensorType

MASKS = {
    ("causalMask",): {
        "slots": "the last length of causalMask; new tokens fill its last slots",
        "content": "added to the scores; all zeros and causal give the same answer",
    },
    ("attentionMask",): {
        "slots": "the whole conversation in every call, padded at its end to one of the shapes",
        "content": "1 where there is a token, 0 where there is padding",
    },
    ("updateMask", "causalMask"): {
        "slots": "a row of updateMask is 1 at the slot of its token, and 0 for padding",
        "content": "causalMask is added to the scores: 0 where a token may look, else -inf",
    },
}
TARGETS = {"CoreML8": ["iOS 18", "macOS 15"]}  # operation set → oldest systems that run it


def expected(export: Decoder) -> dict[str, list[Port]]:
    """What clients of this form of the program rely on, for this student."""
    states = {name: tuple(getattr(export, name).shape) for name in export.states}
    return {
        "inputs": export.ports(),
        "outputs": [Port(OUTPUT, "fp16", [])],
        "states": [
            Port(name, "fp16", [(size, size) for size in shape]) for name, shape in states.items()
        ],
    }


def mismatches(program: Program, wanted: dict[str, list[Port]]) -> list[str]:
    """Each difference between the description and `wanted`, and between it and the program."""
    found = []
    for group, ports in wanted.items():
        described = {port.name: port for port in getattr(program, group)}
        if group == "outputs":  # their lengths follow from the inputs', and often are not told
            described = {name: replace(port, bounds=[]) for name, port in described.items()}
        if sorted(described) != sorted(port.name for port in ports):
            found.append(f"{group} are {sorted(described)}")
        found += [
            f"{group}: {described[port.name]}; expected {port}"
            for port in ports
            if described.get(port.name, port) != port
        ]
    promised = {port.name for port in [*program.inputs, *program.states]}
    if promised != set(program.parameters):
        found.append(f"described are {sorted(promised)}; it takes {sorted(program.parameters)}")
    if program.returns != [OUTPUT]:
        found.append(f"the program returns {program.returns}; expected [{OUTPUT!r}]")
    return found


def contract(out: Path, tokens: dict[str, Any], origin: dict[str, str]) -> dict[str, Any]:
    """contract.json of the bundle `out`, generated from its files; `tokens` are special ids.

    `functions` has the inputs of each; all else is said of the default one.
    """
    program = read(out / PACKAGE)
    result = result_type(program)
    return {
        "format": 1,
        "package": PACKAGE,
        "package_digest": package.content_digest(out / PACKAGE),
        "package_files": package.files(out / PACKAGE),
        "tokenizer_files": package.files(out / TOKENIZER),
        "functions": {
            name: [described(port) for port in read(out / PACKAGE, name).inputs]
            for name in functions(out / PACKAGE)
        },
        "inputs": [described(port) for port in program.inputs],
        "outputs": [{"name": OUTPUT, "dtype": result.dtype, "lengths": list(result.shape)}],
        "states": [described(port) for port in program.states],
        "context": program.inputs[1].bounds[-1][1],
        "vocabulary": result.shape[-1],
        "precision": precision(program),
        "compute": "fp16",
        "systems": TARGETS.get(program.opset, [program.opset]),
        "specification_version": program.specification,
        "masks": MASKS[tuple(port.name for port in program.inputs[1:])],
        "calls": CALLS,
        "tokens": tokens,
        "metadata": program.metadata,
        "origin": origin,
    }


def described(port: Port) -> dict[str, Any]:
    """A port as JSON: shortest and longest length of each axis, and the only shapes if so."""
    about: dict[str, Any] = {"name": port.name, "dtype": port.dtype}
    about["lengths"] = [list(pair) for pair in port.bounds]
    if port.choices:
        about["shapes"] = [list(shape) for shape in port.choices]
    return about


def result_type(program: Program) -> TensorType:
    """The declared type of the logits, [1, T, V]; null stands for the number of new tokens."""
    types = dict(output for operation in program.operations for output in operation.outputs)
    return types[program.returns[0]]


def precision(program: Program) -> Precision:
    """How matrices are stored, by the smallest of the types that the program declares."""
    named: dict[str, Precision] = {"int4": "int4", "uint4": "lut4", "uint6": "lut6", "int8": "int8"}
    found = [name for stored, name in named.items() if stored in program.stored]
    return found[0] if found else "fp16"
