"""The interpreter holds a program to its own word."""

import dataclasses

import pytest
import torch

from ops.coreml.bundle import BundleReport
from ops.coreml.clients import Session, zeros
from ops.coreml.contract import PACKAGE
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Operation, Program, read
from ops.coreml.interpreter.values import TensorType
from ops.errors import ContractError

TOKENS = [5, 6, 7, 8]
PART = {"update": ["five"], "begin": ["zero"], "end": ["one"]}


@pytest.fixture(scope="module")
def program(fp16: BundleReport) -> Program:
    return read(fp16.path / PACKAGE)


def replaced(program: Program, which: str, **changes: object) -> Program:
    """The program with the first operation of a kind changed."""
    operations = list(program.operations)
    at = next(i for i, operation in enumerate(operations) if operation.kind == which)
    operations[at] = dataclasses.replace(operations[at], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(program, operations=operations)


def test_an_unknown_operation_raises(program: Program) -> None:
    odd = replaced(program, "softmax", kind="softsign")
    with pytest.raises(ContractError, match="operation 'softsign' has no reader"):
        Session([Machine(odd, "exact")]).feed(TOKENS)


def test_a_result_of_another_shape_than_declared_raises(program: Program) -> None:
    wrong = [("fill", TensorType("fp16", (1, 1)))]
    odd = replaced(program, "fill_like", outputs=wrong)
    with pytest.raises(ContractError, match=r"fill_like → fill: the result is \[1, 4\]"):
        Session([Machine(odd, "exact")]).feed(TOKENS)


def test_an_input_beyond_its_range_raises(program: Program) -> None:
    machine = Machine(program, "exact")
    with pytest.raises(ContractError, match=r"input causalMask is \[1, 1, 1, 65\]"):
        inputs = {"inputIds": torch.tensor([TOKENS]), "causalMask": zeros(65)}
        machine.run(inputs, machine.fresh_state())


def test_a_missing_input_raises(program: Program) -> None:
    machine = Machine(program, "exact")
    with pytest.raises(ContractError, match="needs the input 'causalMask'"):
        machine.run({"inputIds": torch.tensor([TOKENS])}, machine.fresh_state())


def test_more_new_tokens_than_slots_raises(program: Program) -> None:
    machine = Machine(program, "exact")
    with pytest.raises(ContractError, match="slice"):
        inputs = {"inputIds": torch.tensor([TOKENS]), "causalMask": zeros(2)}
        machine.run(inputs, machine.fresh_state())


def test_a_number_that_overflows_fp16_is_counted(program: Program) -> None:
    constants = dict(program.constants)
    name = "embed_tokens_weight_to_fp16"
    large = constants[name]
    assert isinstance(large, torch.Tensor)
    machine = Machine(
        dataclasses.replace(program, constants={**constants, name: large * 1e6}), "declared"
    )
    Session([machine]).feed(TOKENS)
    assert machine.ranges["gather"].not_finite > 0


def test_declared_differs_from_exact_by_rounding_only(program: Program) -> None:
    exact = Session([Machine(program, "exact")]).feed(TOKENS)
    declared = Session([Machine(program, "declared")]).feed(TOKENS)
    assert torch.equal(declared, declared.half().float())
    assert 0 < float((exact - declared).abs().max()) < 0.02 * float(exact.abs().max())


def test_writing_a_cache_in_place_changes_no_result(program: Program) -> None:
    copies, writes = Machine(program, "declared"), Machine(program, "declared")
    copies.rewrites = {}
    assert len(writes.rewrites) == 1 + 2 * 2  # the slots in use, keys and values of two layers
    for masks in ("causal", "zeros"):
        sessions = [Session([machine], masks) for machine in (copies, writes)]  # type: ignore[arg-type]
        for piece in (TOKENS, [9], [10, 11]):
            one, other = (session.feed(piece) for session in sessions)
            assert torch.equal(one, other)


def test_what_was_read_before_a_write_stays_as_it_was(program: Program) -> None:
    kind = TensorType("fp16", (2,))
    steps = [
        Operation("read_state", {"input": ["s"]}, [("before", kind)]),
        Operation("reshape", {"x": ["before"], "shape": ["two"]}, [("view", kind)]),
        Operation("slice_update", {"x": ["before"], **PART}, [("after", kind)]),
        Operation("write_state", {"data": ["after"], "input": ["s"]}, []),
        Operation("sub", {"x": ["after"], "y": ["view"]}, [("change", kind)]),
    ]
    small = dataclasses.replace(
        program,
        inputs=[],
        operations=steps,
        returns=["change"],
        constants={
            "two": torch.tensor([2]),
            "zero": torch.tensor([0]),
            "one": torch.tensor([1]),
            "five": torch.tensor([5.0]),
        },
    )
    machine = Machine(small, "exact")
    assert list(machine.rewrites) == [2]
    state = {"s": torch.tensor([1.0, 2.0])}
    assert machine.run({}, state)["change"].tolist() == [4.0, 0.0]
    assert state["s"].tolist() == [5.0, 2.0]


def test_an_operation_is_plain_data() -> None:
    operation = Operation("abs", {"x": ["a"]}, [("b", TensorType("fp16", (None, 2)))])
    assert operation.outputs[0][1].admits((7, 2))
    assert not operation.outputs[0][1].admits((7, 3))
    assert not operation.outputs[0][1].admits((2,))
