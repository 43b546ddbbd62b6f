"""Operations that move numbers without changing them.

Definitions: coremltools 9.0, converters/mil/mil/ops/defs (the MIL operation reference).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ops.coreml.interpreter.arguments import Arguments
from ops.errors import ContractError

Result = Tensor | list[Tensor]


def concat(given: Arguments) -> Tensor:
    """Values joined along an axis; single numbers become a list."""
    given.only("values", "axis", "interleave")
    if given.flag("interleave"):
        raise ContractError("interleaved concat has no reader")
    values = given.tensors("values")
    if all(value.ndim == 0 for value in values):
        values = [value.reshape(1) for value in values]
    return torch.cat(values, given.integer("axis"))


def expand_dims(given: Arguments) -> Tensor:
    """x with axes of length one inserted; positions are those of the result."""
    given.only("x", "axes")
    x = given.tensor("x")
    axes = given.integers("axes")
    rank = x.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


def fill_like(given: Arguments) -> Tensor:
    """A value in the shape of another tensor."""
    given.only("ref_tensor", "value")
    value = given.tensor("value")
    return value.reshape(()).expand(given.tensor("ref_tensor").shape).clone()


def gather(given: Arguments) -> Tensor:
    """The slices of x along an axis that the indices name; one outside x raises."""
    given.only("x", "indices", "axis", "batch_dims", "validate_indices")
    if given.integers("batch_dims", [0]) != [0]:
        raise ContractError("gather with batch axes has no reader")
    x, indices = given.tensor("x"), given.tensor("indices")
    axis = given.integer("axis") % x.ndim
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < x.shape[axis]:
        raise ContractError(f"an index lies outside 0 to {x.shape[axis] - 1}")
    picked = x.index_select(axis, indices.reshape(-1))
    return picked.reshape(x.shape[:axis] + indices.shape + x.shape[axis + 1 :])


def reshape(given: Arguments) -> Tensor:
    """x in another shape; one length may be -1."""
    given.only("x", "shape")
    shape = given.integers("shape")
    if 0 in shape:
        raise ContractError("reshape to a length of 0 has no reader")
    return given.tensor("x").reshape(shape)


def shape(given: Arguments) -> Tensor:
    """The lengths of x."""
    given.only("x")
    return torch.tensor(given.tensor("x").shape, dtype=torch.int32)


def split(given: Arguments) -> list[Tensor]:
    """x in parts along an axis, of equal or of given lengths."""
    given.only("x", "num_splits", "split_sizes", "axis")
    x, axis = given.tensor("x"), given.integer("axis")
    if "split_sizes" in given:
        return list(torch.split(x, given.integers("split_sizes"), axis))
    count = given.integer("num_splits")
    if x.shape[axis] % count:
        raise ContractError(f"{x.shape[axis]} numbers cannot be split into {count} equal parts")
    return list(torch.split(x, x.shape[axis] // count, axis))


def squeeze(given: Arguments) -> Tensor:
    """x without the named axes of length one, or without all of them."""
    given.only("x", "axes")
    x = given.tensor("x")
    axes = given.integers("axes", [axis for axis, size in enumerate(x.shape) if size == 1])
    if any(x.shape[axis] != 1 for axis in axes):
        raise ContractError(f"axes {axes} of {tuple(x.shape)} are not all of length 1")
    return x.squeeze(axes)


def transpose(given: Arguments) -> Tensor:
    """x with its axes in another order."""
    given.only("x", "perm")
    return given.tensor("x").permute(given.integers("perm"))


OPERATIONS: dict[str, Callable[[Arguments], Result]] = {
    "concat": concat,
    "expand_dims": expand_dims,
    "fill_like": fill_like,
    "gather": gather,
    "reshape": reshape,
    "shape": shape,
    "split": split,
    "squeeze": squeeze,
    "transpose": transpose,
}
