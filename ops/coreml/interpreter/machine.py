"""Runs a program, operation by operation, and keeps count of what fp16 would make of it.

`exact` computes in float32 and answers whether the graph is right; `declared` rounds each result
to the type that the program declares for it and answers whether fp16 is enough for it. Each result
is checked against its declared shape; an operation without a reader raises.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from ops.coreml.interpreter import constants, elementwise, layout, linear, slices
from ops.coreml.interpreter.arguments import Arguments, Value
from ops.coreml.interpreter.program import CONSTANT, Operation, Program
from ops.coreml.interpreter.values import fit
from ops.errors import ContractError

Mode = Literal["exact", "declared"]
State = dict[str, Tensor]
Watch = Callable[[Operation, Mapping[str, Value]], None]

OPERATIONS = {
    **constants.OPERATIONS,
    **elementwise.OPERATIONS,
    **layout.OPERATIONS,
    **linear.OPERATIONS,
    **slices.OPERATIONS,
}


@dataclass(slots=True)
class Range:
    """What one kind of operation produced as fp16, over all runs."""

    peak: float = 0.0
    not_finite: int = 0


class Machine:
    """A program ready to run. Raises ContractError wherever the program breaks its own word."""

    def __init__(self, program: Program, mode: Mode) -> None:
        self.program = program
        self.rounded = mode == "declared"
        self.ranges: dict[str, Range] = defaultdict(Range)
        self.constants: dict[str, Value] = dict(program.constants)
        self.steps: list[Operation] = []
        for operation in program.operations:
            if operation.kind.startswith(CONSTANT):
                self.constants.update(self._compute(operation, self.constants))
            else:
                self.steps.append(operation)
        self.dead = last_uses(self.steps, keep={*self.constants, *program.returns})
        self.rewrites = rewrites(self.steps, self.dead)
        self.watch: Watch | None = None  # is told of each computed step, its values still there

    def fresh_state(self) -> State:
        """Zeros for every state, as a client's `makeState` gives."""
        return {
            port.name: torch.zeros([low for low, _ in port.bounds]) for port in self.program.states
        }

    @torch.no_grad()
    def run(self, inputs: dict[str, Tensor], state: State) -> dict[str, Tensor]:
        """Outputs by name; `state` is changed in place."""
        self._check_inputs(inputs)
        values: dict[str, Value] = {**self.constants, **inputs}
        for at, (step, dead) in enumerate(zip(self.steps, self.dead, strict=True)):
            if step.kind == "read_state":
                values[step.outputs[0][0]] = state[step.inputs["input"][0]]
            elif step.kind == "write_state":
                self._write(step, values, state)
            elif at in self.rewrites and unshared(step, values, state, self.rewrites[at]):
                with naming(step):
                    values[step.outputs[0][0]] = slices.overwrite(arguments(step, values))
            else:
                values.update(self._compute(step, values))
                if self.watch:
                    self.watch(step, values)
            for name in dead:
                values.pop(name, None)
        return {name: as_result(values[name]) for name in self.program.returns}

    def _check_inputs(self, inputs: dict[str, Tensor]) -> None:
        for port in self.program.inputs:
            if port.name not in inputs:
                raise ContractError(f"the program needs the input {port.name!r}")
            shape = tuple(inputs[port.name].shape)
            if not port.admits(shape):
                admitted = port.choices or port.bounds
                raise ContractError(f"input {port.name} is {list(shape)}; admitted: {admitted}")

    def _write(self, step: Operation, values: dict[str, Value], state: State) -> None:
        name = step.inputs["input"][0]
        data = as_result(values[step.inputs["data"][0]])
        if data.shape != state[name].shape:
            raise ContractError(f"{list(data.shape)} is written to the state {name}")
        state[name] = data

    def _compute(self, step: Operation, values: dict[str, Value]) -> dict[str, Value]:
        if step.kind not in OPERATIONS:
            raise ContractError(f"operation {step.kind!r} has no reader; add it to interpreter/")
        with naming(step):
            result = OPERATIONS[step.kind](arguments(step, values))
            results = result if isinstance(result, list) else [result]
            return {
                name: self._declared(step.kind, value, kind.dtype, kind.admits(tuple(value.shape)))
                for value, (name, kind) in zip(results, step.outputs, strict=True)
            }

    def _declared(self, kind: str, value: Tensor, dtype: str, fits: bool) -> Tensor:
        if not fits:
            raise ContractError(f"the result is {list(value.shape)}, which is not as declared")
        value = fit(value, dtype, self.rounded)
        if dtype == "fp16":
            self._measure(self.ranges[kind], value)
        return value

    def _measure(self, seen: Range, value: Tensor) -> None:
        peak = float(value.abs().max()) if value.numel() else 0.0
        if not math.isfinite(peak):
            finite = value.isfinite()
            seen.not_finite += int((~finite).sum())
            peak = float(value[finite].abs().max()) if bool(finite.any()) else 0.0
        seen.peak = max(seen.peak, peak)


def arguments(step: Operation, values: dict[str, Value]) -> Arguments:
    """The inputs of a step, looked up."""
    return Arguments({key: [values[name] for name in names] for key, names in step.inputs.items()})


@contextmanager
def naming(step: Operation) -> Iterator[None]:
    """Whatever goes wrong inside is said with the operation that it happened in."""
    try:
        yield
    except (ContractError, RuntimeError, LookupError, ValueError) as error:
        raise ContractError(f"operation {step.kind} → {step.outputs[0][0]}: {error}") from error


def last_uses(steps: list[Operation], keep: set[str]) -> list[list[str]]:
    """For each step, the values that no later step reads."""
    seen = set(keep)
    dead: list[list[str]] = []
    for step in reversed(steps):
        names = {name for names in step.inputs.values() for name in names} - seen
        seen |= names
        dead.append(sorted(names))
    return dead[::-1]


def rewrites(steps: list[Operation], dead: list[list[str]]) -> dict[int, str]:
    """The steps that change a part of a state and store it at once, and the state's name.

    Such a step may write where the state lies: copying every layer's cache for every token would
    take most of the time of a model of 135 M parameters.
    """
    found = {}
    for at, (step, after) in enumerate(pairwise(steps)):
        if step.kind != "slice_update" or after.kind != "write_state":
            continue
        if after.inputs["data"] == [step.outputs[0][0]] and step.inputs["x"][0] in dead[at]:
            found[at] = after.inputs["input"][0]
    return found


def unshared(step: Operation, values: dict[str, Value], state: State, target: str) -> bool:
    """Whether nothing but the state `target` would notice that the step's x changed."""
    own = step.inputs["x"][0]
    others = [value for name, value in values.items() if name != own]
    others += [value for name, value in state.items() if name != target]
    memory = as_result(values[own]).untyped_storage().data_ptr()
    return all(
        value.untyped_storage().data_ptr() != memory
        for value in others
        if isinstance(value, Tensor)
    )


def as_result(value: Value) -> Tensor:
    """A tensor; a string cannot leave a program."""
    if isinstance(value, str):
        raise ContractError(f"{value!r} is a string; expected a tensor")
    return value
