"""Matrices that a program stores in fewer bits, as the numbers they stand for.

Definitions: coremltools 9.0, constexpr_blockwise_shift_scale and constexpr_lut_to_dense (iOS 18).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ops.coreml.interpreter.arguments import Arguments
from ops.errors import ContractError


def blockwise_shift_scale(given: Arguments) -> Tensor:
    """scale · (data - offset), where one scale serves a block of the data."""
    given.only("data", "scale", "offset")
    data = given.tensor("data").float()
    if "offset" in given:
        data = data - spread(given.tensor("offset").float(), data.shape)
    return spread(given.tensor("scale"), data.shape) * data


def lut_to_dense(given: Arguments) -> Tensor:
    """The entries that the indices name; `lut` is [blocks of each axis ..., entries, 1]."""
    given.only("indices", "lut", "vector_axis")
    indices, lut = given.tensor("indices"), given.tensor("lut")
    if lut.ndim != indices.ndim + 2 or lut.shape[-1] != 1:
        raise ContractError(f"a table {tuple(lut.shape)} of more than single numbers has no reader")
    blocks, entries = lut.shape[:-2], lut.shape[-2]
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < entries:
        raise ContractError(f"an index lies outside 0 to {entries - 1}")
    tables = torch.arange(lut[..., 0, 0].numel()).reshape(blocks)
    return lut.reshape(-1)[spread(tables, indices.shape) * entries + indices]


def spread(blocks: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`blocks` repeated along each axis until it has `shape`."""
    if blocks.ndim != len(shape):
        raise ContractError(f"scales {tuple(blocks.shape)} do not fit data {tuple(shape)}")
    for axis, size in enumerate(shape):
        if size % blocks.shape[axis]:
            raise ContractError(f"scales {tuple(blocks.shape)} do not divide data {tuple(shape)}")
        blocks = blocks.repeat_interleave(size // blocks.shape[axis], axis)
    return blocks


OPERATIONS: dict[str, Callable[[Arguments], Tensor]] = {
    "constexpr_blockwise_shift_scale": blockwise_shift_scale,
    "constexpr_lut_to_dense": lut_to_dense,
}
