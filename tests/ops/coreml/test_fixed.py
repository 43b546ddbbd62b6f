"""The programs of one shape each: right, and free of what keeps them off the Neural Engine."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from ops.coreml import lint
from ops.coreml.clients import PlacedSession, session, widest
from ops.coreml.config import CoreMLConfig, FunctionConfig
from ops.coreml.contract import PACKAGE
from ops.coreml.fixed import FixedLM
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Port, Program, read
from ops.coreml.interpreter.values import TensorType
from ops.coreml.points import first_apart
from ops.coreml.reference import logits
from ops.coreml.verify import Verification
from ops.errors import ContractError
from tests.ops.coreml.device import mac

TOKENS = list(range(20, 40))
SAME = 1e-2  # of the largest number at a point; the packages keep fp16 weights
FUNCTIONS = {"prefill": FunctionConfig(tokens=8), "decode": FunctionConfig(tokens=1)}
CONFIG = CoreMLConfig(precision="fp16", context=64, shapes="fixed", functions=FUNCTIONS)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_equals_transformers(make_student: Any, kind: str) -> None:
    student = make_student(kind)
    got = FixedLM(student, 64).eval().whole(TOKENS)
    assert torch.allclose(got, logits(student, TOKENS), atol=1e-4)


@pytest.fixture(scope="module")
def made(
    make_student: Any, make_package: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Verification]:
    folder = tmp_path_factory.mktemp("fixed")
    student = make_student("qwen3", num_hidden_layers=1, head_dim=32)
    return folder / PACKAGE, make_package(student, CONFIG, folder)


@pytest.fixture(scope="module")
def programs(made: tuple[Path, Verification]) -> list[Program]:
    return [read(made[0], name) for name in FUNCTIONS]


def test_is_verified(made: tuple[Path, Verification]) -> None:
    assert [check for check in made[1].checks if not check.passed] == []
    assert "all_zero" not in {check.name for check in made[1].checks}


def test_a_mac_replays_it(made: tuple[Path, Verification], tmp_path: Path) -> None:
    mac.add(made[0].parent, {None: made[1]}, CONFIG)
    done = mac.replay(made[0].parent, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    # Two prefills, one of them padded, and 16 times decode.
    cells = ["probe-000", "prefill+decode", "25", "100.0%", "0.0000"]
    assert done.stdout.splitlines()[1].split()[:5] == cells


def test_nothing_depends_on_an_input(programs: list[Program]) -> None:
    for program, tokens in zip(programs, (8, 1), strict=True):
        mask = [(1, 1), (1, 1), (tokens, tokens), (64, 64)]
        assert [port.bounds for port in program.inputs] == [[(1, 1), (tokens, tokens)], mask, mask]
        kinds = [kind for operation in program.operations for _, kind in operation.outputs]
        assert not [kind for kind in kinds if None in kind.shape]


def test_a_padded_call_leaves_no_trace(programs: list[Program]) -> None:
    both = [Machine(program, "exact") for program in programs]
    one, other = session(both), session(both[1:])
    assert isinstance(one, PlacedSession)
    pieces = [TOKENS, [40], [41, 42, 43]]
    assert torch.allclose(one.feed_each(pieces), other.feed_each(pieces), atol=1e-4)
    with pytest.raises(ContractError, match="65 tokens do not fit 64 slots"):
        other.feed([5] * 41)


def test_a_piece_goes_to_the_function_that_takes_most(programs: list[Program]) -> None:
    prefill, decode = (Machine(program, "exact") for program in programs)
    taken = {left: widest([decode, prefill], left) for left in (1, 7, 8, 20)}
    assert {left: count for left, (_, count) in taken.items()} == {1: 1, 7: 1, 8: 8, 20: 8}
    assert taken[20][0] is prefill
    with pytest.raises(ContractError, match="no function of the package takes the last 7 tokens"):
        widest([prefill], 7)


def test_a_layer_that_differs_is_named(
    make_student: Any, programs: list[Program], with_doubled: Any
) -> None:
    student = make_student("qwen3", num_hidden_layers=1, head_dim=32)
    pieces = [TOKENS, [40], [41, 42, 43]]
    sound = [Machine(program, "exact") for program in programs]
    assert first_apart(sound, student, pieces, SAME).startswith("all ")
    wrong = [Machine(with_doubled(program, "o_proj"), "exact") for program in programs]
    said = first_apart(wrong, student, pieces, SAME)
    assert said.startswith("what comes out of layers.0.self_attn.o_proj is the first that differs")
    assert said.endswith("what goes into layers.0.self_attn.o_proj is still right")


def replaced(program: Program, kind: str, **changes: object) -> Program:
    """The program with the first operation of a kind changed."""
    operations = list(program.operations)
    at = next(i for i, operation in enumerate(operations) if operation.kind == kind)
    operations[at] = dataclasses.replace(operations[at], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(program, operations=operations)


def test_lint_names_what_it_finds(made: tuple[Path, Verification], programs: list[Program]) -> None:
    program = programs[0]
    assert lint.findings(program, made[0]) == []
    places = {"x": ["a"], "begin": ["computed"], "end": ["computed"]}
    narrow = [Port("keyCache", "fp16", [(1, 1), (64, 64), (16, 16)])]
    cases = {
        "softmax → x has 6 axes": replaced(
            program, "softmax", outputs=[("x", TensorType("fp16", (1,) * 6))]
        ),
        "softmax → x has a length that depends": replaced(
            program, "softmax", outputs=[("x", TensorType("fp16", (None,)))]
        ),
        "slice_update → .* has a place that is computed": replaced(
            program, "slice_update", inputs=places
        ),
        "state keyCache ends in 64 × 16": dataclasses.replace(program, states=narrow),
    }
    for message, changed in cases.items():
        found = lint.findings(changed, made[0])
        assert [line for line in found if re.match(message, line)], found


def test_lint_weighs_the_package(tmp_path: Path) -> None:
    with (tmp_path / "weight.bin").open("wb") as file:
        file.truncate(lint.LARGEST_BYTES + 1)  # holes take no room
    assert [*lint.size(tmp_path)] == [
        "the package has 1,400,000,001 bytes; above 1,400,000,000 it runs on the GPU"
    ]


def test_every_function_has_a_number_of_tokens() -> None:
    with pytest.raises(ValueError, match=r"functions\.main\.tokens is not set; shapes: fixed"):
        CoreMLConfig(shapes="fixed")
