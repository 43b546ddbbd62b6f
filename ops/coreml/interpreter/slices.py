"""Reading and writing a rectangular part of a tensor. A part that leaves the tensor raises.

Definitions: coremltools 9.0, slice_by_index (iOS 15) and slice_update (iOS 18).
"""

from collections.abc import Callable

from torch import Tensor

from ops.coreml.interpreter.arguments import Arguments, Value
from ops.errors import ContractError

SETTINGS = ("begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask")
Index = tuple[slice | int, ...]


def slice_by_index(given: Arguments) -> Tensor:
    """The part of x; axes of the squeeze mask vanish."""
    given.only("x", *SETTINGS)
    x = given.tensor("x")
    return x[region(given, x.shape)]


def slice_update(given: Arguments) -> Tensor:
    """x with a part replaced."""
    copied: dict[str, list[Value]] = {**given.values, "x": [given.tensor("x").clone()]}
    return overwrite(Arguments(copied))


def overwrite(given: Arguments) -> Tensor:
    """x itself, with a part replaced."""
    given.only("x", "update", *SETTINGS)
    x, update = given.tensor("x"), given.tensor("update")
    index = region(given, x.shape)
    if x[index].shape != update.shape:
        raise ContractError(
            f"the part is {tuple(x[index].shape)}, but the update is {tuple(update.shape)}"
        )
    x[index] = update
    return x


def region(given: Arguments, shape: tuple[int, ...]) -> Index:
    """The part as an index: one entry an axis of `shape`."""
    rank = len(shape)
    begins, ends = given.integers("begin"), given.integers("end")
    strides = given.integers("stride", [1] * rank)
    open_begin, open_end = given.flags("begin_mask", rank), given.flags("end_mask", rank)
    if not len(begins) == len(ends) == len(strides) == rank:
        raise ContractError(f"begin {begins} and end {ends} do not fit {rank} axes")
    index: list[slice | int] = []
    for axis, squeezed in enumerate(given.flags("squeeze_mask", rank)):
        begin = 0 if open_begin[axis] else within(begins[axis], shape[axis])
        if squeezed:
            index.append(within(begin, shape[axis] - 1))
            continue
        end = shape[axis] if open_end[axis] else within(ends[axis], shape[axis])
        if begin >= end or strides[axis] < 1:
            raise ContractError(f"axis {axis}: part {begin} to {end} of {shape[axis]} is empty")
        index.append(slice(begin, end, strides[axis]))
    return tuple(index)


def within(position: int, size: int) -> int:
    """`position`, counted from the end if negative."""
    found = position + size if position < 0 else position
    if not 0 <= found <= size:
        raise ContractError(f"position {position} lies outside a length of {size}")
    return found


OPERATIONS: dict[str, Callable[[Arguments], Tensor]] = {
    "slice_by_index": slice_by_index,
    "slice_update": slice_update,
}
