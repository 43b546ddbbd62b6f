"""Matrix products, and the matrices stored as integers with scales.

Definitions: coremltools 9.0, linear, matmul (iOS 15) and constexpr_blockwise_shift_scale (iOS 18).
"""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from ops.coreml.interpreter.arguments import Arguments
from ops.errors import ContractError


def linear(given: Arguments) -> Tensor:
    """x · weightᵀ + bias."""
    given.only("x", "weight", "bias")
    bias = given.tensor("bias") if "bias" in given else None
    return F.linear(given.tensor("x"), given.tensor("weight"), bias)


def matmul(given: Arguments) -> Tensor:
    """x · y over the last two axes, either transposed first; axes before them broadcast."""
    given.only("x", "y", "transpose_x", "transpose_y")
    x, y = given.tensor("x"), given.tensor("y")
    x = x.transpose(-1, -2) if given.flag("transpose_x") else x
    y = y.transpose(-1, -2) if given.flag("transpose_y") else y
    return x @ y


def blockwise_shift_scale(given: Arguments) -> Tensor:
    """scale · (data - offset), where one scale serves a block of the data."""
    given.only("data", "scale", "offset")
    data = given.tensor("data").float()
    if "offset" in given:
        data = data - spread(given.tensor("offset").float(), data.shape)
    return spread(given.tensor("scale"), data.shape) * data


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
    "linear": linear,
    "matmul": matmul,
}
