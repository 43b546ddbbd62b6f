"""The program without a state: one of a few lengths, the whole conversation in every call."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ops.coreml.clients import WholeSession, session
from ops.coreml.config import CoreMLConfig, FunctionConfig
from ops.coreml.contract import PACKAGE
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Program, read
from ops.coreml.points import first_apart
from ops.coreml.reference import logits
from ops.coreml.stateless import StatelessLM
from ops.coreml.verify import Verification
from ops.errors import ContractError
from tests.ops.coreml.device import mac

TOKENS = list(range(20, 40))
# More tokens than 16 bits count: coremltools then writes ids, and their lookup, in another way.
WIDE = {"num_hidden_layers": 1, "vocab_size": 40_000}
SAME = 1e-2  # of the largest number at a point; the packages keep fp16 weights
CONFIG = CoreMLConfig(precision="fp16", context=64, shapes="enumerated")


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_equals_transformers(make_student: Any, kind: str) -> None:
    student = make_student(kind)
    export = StatelessLM(student, 64).eval()
    wanted = logits(student, TOKENS)
    assert torch.allclose(export.whole(TOKENS), wanted, atol=1e-4)
    padded = torch.tensor([TOKENS + [0] * 44])
    counts = torch.tensor([[1] * 20 + [0] * 44])
    with torch.no_grad():
        assert torch.allclose(export(padded, counts)[0, :20], wanted, atol=1e-4)


def test_what_does_not_count_is_not_looked_at(student: Any) -> None:
    export = StatelessLM(student, 64).eval()
    counts = torch.tensor([[0, 0] + [1] * 18])
    with torch.no_grad():
        got = export(torch.tensor([TOKENS]), counts)[0, 2:]
    assert torch.allclose(got, logits(student, TOKENS[2:]), atol=1e-4)


@pytest.fixture(scope="module")
def made(
    make_student: Any, make_package: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Verification]:
    folder = tmp_path_factory.mktemp("stateless")
    student = make_student("qwen2", **WIDE)
    return folder / PACKAGE, make_package(student, CONFIG, folder)


@pytest.fixture(scope="module")
def program(made: tuple[Path, Verification]) -> Program:
    return read(made[0])


def test_is_verified(made: tuple[Path, Verification]) -> None:
    assert [check for check in made[1].checks if not check.passed] == []


def test_a_mac_replays_it(made: tuple[Path, Verification], tmp_path: Path) -> None:
    mac.add(made[0].parent, {None: made[1]}, CONFIG)
    done = mac.replay(made[0].parent, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    cells = ["probe-000", "main", "25", "100.0%", "0.0000"]
    assert done.stdout.splitlines()[1].split()[:5] == cells


def test_takes_the_lengths_that_it_names(program: Program) -> None:
    assert [port.name for port in program.inputs] == ["inputIds", "attentionMask"]
    assert [port.choices for port in program.inputs] == [[(1, 64), (1, 32), (1, 16)]] * 2
    assert program.states == []
    machine = Machine(program, "exact")
    ids = torch.zeros(1, 17, dtype=torch.int32)
    with pytest.raises(ContractError, match=r"inputIds is \[1, 17\]; admitted: \[\(1, 64\)"):
        machine.run({"inputIds": ids, "attentionMask": ids}, {})


def test_a_layer_that_differs_is_named(
    make_student: Any, program: Program, with_doubled: Any
) -> None:
    student = make_student("qwen2", **WIDE)
    pieces = [TOKENS, [39_999], [41, 42]]
    sound, wrong = (Machine(one, "exact") for one in (program, with_doubled(program, "up_proj_w")))
    assert first_apart([sound], student, pieces, SAME).startswith("all ")
    said = first_apart([wrong], student, pieces, SAME)
    assert said.startswith("what comes out of layers.0.mlp.up_proj is the first that differs")


def test_clients_pad_to_the_shortest_or_the_longest(program: Program) -> None:
    machine = Machine(program, "exact")
    one, other = session([machine]), session([machine], "zeros")
    assert isinstance(one, WholeSession)
    pieces = [TOKENS, [40], [41, 42]]
    assert torch.allclose(one.feed_each(pieces), other.feed_each(pieces), atol=1e-4)
    with pytest.raises(ContractError, match="65 tokens are longer than 64"):
        one.feed([5] * 42)


def test_a_call_has_no_number_of_tokens() -> None:
    with pytest.raises(ValueError, match=r"functions\.main\.tokens is set; .* enumerated"):
        CoreMLConfig(shapes="enumerated", functions={"main": FunctionConfig(tokens=1)})
