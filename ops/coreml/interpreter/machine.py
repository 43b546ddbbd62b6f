"""Runs a program, operation by operation, and keeps count of what fp16 would make of it.

`exact` computes in float32 and answers whether the graph is right; `declared` rounds each result
to the type that the program declares for it and answers whether fp16 is enough for it. Each result
is checked against its declared shape; an operation without a reader raises.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from ops.coreml.interpreter import slices
from ops.coreml.interpreter.arguments import Value
from ops.coreml.interpreter.program import Operation, Program
from ops.coreml.interpreter.step import Step, is_constant, ready
from ops.coreml.interpreter.values import TensorType, fit
from ops.errors import ContractError

Mode = Literal["exact", "declared"]
State = dict[str, Tensor]
Watch = Callable[[Operation, Mapping[str, Value]], None]


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
        self.steps: list[Step] = []
        for operation in program.operations:
            step = ready(operation, self.constants)
            if is_constant(operation):
                self._compute(step, self.constants)
            else:
                self.steps.append(step)
        operations = [step.operation for step in self.steps]
        self.dead = last_uses(operations, keep={*self.constants, *program.returns})
        self.rewrites = rewrites(operations, self.dead)
        needed = {name for step in self.steps for names in step.moving.values() for name in names}
        needed |= set(program.returns)
        self._start = {name: value for name, value in self.constants.items() if name in needed}
        self._memory = {memory(one) for one in self.constants.values() if isinstance(one, Tensor)}
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
        values: dict[str, Value] = {**self._start, **inputs}
        for at, (step, dead) in enumerate(zip(self.steps, self.dead, strict=True)):
            operation, target = step.operation, self.rewrites.get(at)
            if operation.kind == "read_state":
                values[operation.outputs[0][0]] = state[operation.inputs["input"][0]]
            elif operation.kind == "write_state":
                self._write(step, values, state)
            elif target is not None and self._unshared(operation, values, state, target):
                values[operation.outputs[0][0]] = step.computed(slices.overwrite, values)
            else:
                self._compute(step, values)
                if self.watch:
                    self.watch(operation, values)
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

    def _write(self, step: Step, values: dict[str, Value], state: State) -> None:
        name = step.operation.inputs["input"][0]
        data = as_result(values[step.operation.inputs["data"][0]])
        if data.shape != state[name].shape:
            raise ContractError(f"{list(data.shape)} is written to the state {name}")
        state[name] = data

    def _compute(self, step: Step, values: dict[str, Value]) -> None:
        for name, declared, value in step.results(values):
            values[name] = self._declared(step, value, declared)

    def _declared(self, step: Step, value: Tensor, declared: TensorType) -> Tensor:
        try:
            value = fit(value, declared.dtype, self.rounded)
        except ContractError as error:
            raise step.at_fault(error) from error
        if declared.dtype == "fp16":
            self._measure(self.ranges[step.kind], value)
        return value

    def _measure(self, seen: Range, value: Tensor) -> None:
        if not value.numel():
            return
        low, high = torch.aminmax(value)
        peak = max(-float(low), float(high))
        if not math.isfinite(peak):
            finite = value.isfinite()
            seen.not_finite += int((~finite).sum())
            peak = float(value[finite].abs().max()) if bool(finite.any()) else 0.0
        seen.peak = max(seen.peak, peak)

    def _unshared(
        self, operation: Operation, values: dict[str, Value], state: State, target: str
    ) -> bool:
        """Whether nothing but the state `target` would notice that the operation's x changed."""
        own = operation.inputs["x"][0]
        others = [value for name, value in values.items() if name != own]
        others += [value for name, value in state.items() if name != target]
        changed = memory(as_result(values[own]))
        return changed not in self._memory and all(
            memory(value) != changed for value in others if isinstance(value, Tensor)
        )


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


def memory(value: Tensor) -> int:
    """Where the numbers of a tensor lie; views of one another lie at one place."""
    return value.untyped_storage().data_ptr()


def as_result(value: Value) -> Tensor:
    """A tensor; a string cannot leave a program."""
    if isinstance(value, str):
        raise ContractError(f"{value!r} is a string; expected a tensor")
    return value
