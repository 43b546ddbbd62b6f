"""One operation made ready to be run often: what is the same in every run is looked up once.

Not here: what operations compute (elementwise.py and its neighbours), their order (machine.py).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ops.coreml.interpreter import constants, elementwise, layout, linear, slices
from ops.coreml.interpreter.arguments import Arguments, Value, as_list
from ops.coreml.interpreter.program import CONSTANT, Operation
from ops.coreml.interpreter.values import TensorType
from ops.errors import ContractError

Compute = Callable[[Arguments], Any]
OPERATIONS: dict[str, Compute] = {
    **constants.OPERATIONS,
    **elementwise.OPERATIONS,
    **layout.OPERATIONS,
    **linear.OPERATIONS,
    **slices.OPERATIONS,
}
STATES = ("read_state", "write_state")  # which machine.py does itself
LISTED = 64  # numbers of a constant that is kept as a list too; weights have more


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, its arguments that are constants, and the names of those that are not."""

    operation: Operation
    fixed: Mapping[str, list[Value]]
    numbers: Mapping[str, list[int]]  # the short ones of the fixed, as lists
    moving: Mapping[str, list[str]]

    @property
    def kind(self) -> str:
        """The kind of the operation."""
        return self.operation.kind

    def arguments(self, values: Mapping[str, Value]) -> Arguments:
        """What the operation is given, where `values` are the constants named by `moving` too."""
        given = dict(self.fixed)
        for key, names in self.moving.items():
            given[key] = [values[name] for name in names]
        return Arguments(given, self.numbers)

    def results(self, values: Mapping[str, Value]) -> Iterator[tuple[str, TensorType, Tensor]]:
        """Name, declared type and value of each result.

        Raises:
            ContractError: it cannot be computed; the message names the operation.
        """
        found = self.computed(OPERATIONS[self.operation.kind], values)
        results = found if isinstance(found, list) else [found]
        if len(results) != len(self.operation.outputs):
            raise self.at_fault(f"{len(results)} results, {len(self.operation.outputs)} declared")
        for value, (name, kind) in zip(results, self.operation.outputs, strict=True):
            if not kind.admits(tuple(value.shape)):
                raise self.at_fault(f"the result is {list(value.shape)}, which is not as declared")
            yield name, kind, value

    def computed(self, compute: Compute, values: Mapping[str, Value]) -> Any:
        """What `compute` makes of the arguments; whatever goes wrong names the operation."""
        try:
            return compute(self.arguments(values))
        except (ContractError, RuntimeError, LookupError, ValueError) as error:
            raise self.at_fault(error) from error

    def at_fault(self, reason: object) -> ContractError:
        """The error of this operation."""
        name = self.operation.outputs[0][0]
        return ContractError(f"operation {self.operation.kind} → {name}: {reason}")


def ready(operation: Operation, known: Mapping[str, Value]) -> Step:
    """The operation as a step of a program whose constants are `known`.

    Raises:
        ContractError: no reader is for it.
    """
    if operation.kind not in OPERATIONS and operation.kind not in STATES:
        raise ContractError(f"operation {operation.kind!r} has no reader; add it to interpreter/")
    fixed = {
        key: [known[name] for name in names]
        for key, names in operation.inputs.items()
        if operation.kind not in STATES and all(name in known for name in names)
    }
    short = {
        key: value[0]
        for key, value in fixed.items()
        if len(value) == 1 and isinstance(value[0], Tensor) and value[0].numel() <= LISTED
    }
    numbers = {key: as_list(value) for key, value in short.items() if not value.is_floating_point()}
    moving = {key: names for key, names in operation.inputs.items() if key not in fixed}
    return Step(operation, fixed, numbers, moving)


def is_constant(operation: Operation) -> bool:
    """Whether its result is part of the program, and computed once."""
    return operation.kind.startswith(CONSTANT)
