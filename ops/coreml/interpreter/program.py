"""A package on disk → its interface and its operations, as plain values.

Nothing is computed here (machine.py), and nothing of the program is changed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from ops.coreml import library
from ops.coreml.interpreter.blob import BlobFile
from ops.coreml.interpreter.values import TensorType, constant, tensor_type
from ops.errors import ContractError

ALONE = "main"  # the function of a package with only one; coremltools knows no other name
CONSTANT = "constexpr_"  # operations whose result is part of the program, computed once


@dataclass(frozen=True, slots=True)
class Operation:
    """One step: `outputs` (name, type) are what `kind` makes of `inputs`."""

    kind: str
    inputs: Mapping[str, list[str]]  # argument → names of values
    outputs: list[tuple[str, TensorType]]


@dataclass(frozen=True, slots=True)
class Port:
    """One input, output or state, as the package describes it to a client."""

    name: str
    dtype: str
    bounds: list[tuple[int, int]]  # shortest and longest length, each axis; [] = not described
    choices: list[tuple[int, ...]] = field(default_factory=list)  # the only shapes, if any

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether a client may send `shape`."""
        if self.choices:
            return shape in self.choices
        return len(shape) == len(self.bounds) and all(
            low <= size <= high for size, (low, high) in zip(shape, self.bounds, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Program:
    """One function of a package."""

    inputs: list[Port]
    outputs: list[Port]
    states: list[Port]
    parameters: dict[str, TensorType]
    constants: dict[str, Tensor | str]
    stored: frozenset[str]  # data types of matrices that are stored in fewer bits
    operations: list[Operation]
    returns: list[str]
    metadata: dict[str, str]
    opset: str
    specification: int


def functions(package: Path) -> list[str]:
    """The names of the functions of a *.mlpackage folder, the default one first."""
    spec, _ = open_spec(package)
    default = spec.description.defaultFunctionName or ALONE
    return sorted(spec.mlProgram.functions, key=lambda name: (name != default, name))


def read(package: Path, name: str | None = None) -> Program:
    """Read a function of a *.mlpackage folder, the default one if none is named.

    Raises:
        ContractError: the package is damaged, or has no such function.
    """
    spec, weights = open_spec(package)
    name = name or spec.description.defaultFunctionName or ALONE
    if name not in spec.mlProgram.functions:
        known = ", ".join(sorted(spec.mlProgram.functions))
        raise ContractError(f"{package}: the program has no function {name}; it has {known}")
    function = spec.mlProgram.functions[name]
    block = function.block_specializations[function.opset]
    constants: dict[str, Tensor | str] = {}
    operations = []
    for operation in block.operations:
        if operation.type == "const":
            constants[operation.outputs[0].name] = constant(operation.attributes["val"], weights)
        else:
            operations.append(_operation(operation, constants, weights))
    about = description(spec, name)
    return Program(
        inputs=[port(feature) for feature in about.input],
        outputs=[port(feature) for feature in about.output],
        states=[port(feature) for feature in about.state],
        parameters={entry.name: tensor_type(entry.type) for entry in function.inputs},
        constants=constants,
        stored=frozenset(stored_types(block.operations)),
        operations=operations,
        returns=list(block.outputs),
        metadata=dict(spec.description.metadata.userDefined),
        opset=function.opset,
        specification=spec.specificationVersion,
    )


def description(spec: Any, name: str) -> Any:
    """What the package says to clients of a function: inputs, outputs, states."""
    if not spec.description.functions:
        return spec.description
    found = [about for about in spec.description.functions if about.name == name]
    if len(found) != 1:
        raise ContractError(f"the function {name} is described {len(found)} times; expected once")
    return found[0]


def stored_types(operations: Any) -> Iterator[str]:
    """The data type of every compressed matrix: of its integers, or its indices."""
    for operation in operations:
        for argument in ("data", "indices"):
            if operation.type.startswith(CONSTANT) and argument in operation.inputs:
                yield tensor_type(operation.inputs[argument].arguments[0].value.type).dtype


def open_spec(package: Path) -> tuple[Any, BlobFile]:
    """The protobuf message Model, and the weight file that it points into."""
    try:
        manifest = json.loads((package / "Manifest.json").read_text(encoding="utf-8"))
        root = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
        content = (package / "Data" / root).read_bytes()
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ContractError(f"{package}: not a readable package: {error}") from error
    spec = library.load("coremltools.proto.Model_pb2").Model()
    decode_error = library.load("google.protobuf.message").DecodeError
    try:
        spec.ParseFromString(content)
    except decode_error as error:
        raise ContractError(f"{package}: the program is damaged: {error}") from error
    return spec, BlobFile((package / "Data" / root).parent / "weights" / "weight.bin")


def port(feature: Any) -> Port:
    """Read a FeatureDescription message of a multi-array or of a state."""
    kind = feature.type
    array = kind.stateType.arrayType if kind.HasField("stateType") else kind.multiArrayType
    names = {65552: "fp16", 65568: "fp32", 131104: "int32"}
    ranges = array.shapeRange.sizeRanges
    bounds = [(int(axis.lowerBound), int(axis.upperBound)) for axis in ranges]
    choices = [tuple(int(n) for n in one.shape) for one in array.enumeratedShapes.shapes]
    if choices:
        bounds = [(min(sizes), max(sizes)) for sizes in zip(*choices, strict=True)]
    bounds = bounds or [(int(size), int(size)) for size in array.shape]
    dtype = names.get(array.dataType, str(array.dataType))
    return Port(feature.name, dtype, bounds, sorted(choices, reverse=True))


def _operation(message: Any, constants: dict[str, Tensor | str], weights: BlobFile) -> Operation:
    if message.blocks:
        raise ContractError(f"operation {message.type} holds operations; no reader is for that")
    outputs = [(out.name, tensor_type(out.type)) for out in message.outputs]
    inputs: dict[str, list[str]] = {}
    for argument, bindings in message.inputs.items():
        names = inputs.setdefault(argument, [])
        for place, binding in enumerate(bindings.arguments):
            name = binding.name or f"{outputs[0][0]}.{argument}.{place}"
            if not binding.name:
                constants[name] = constant(binding.value, weights)
            names.append(name)
    return Operation(message.type, inputs, outputs)
