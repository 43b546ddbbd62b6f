"""Matrix products. Definitions: coremltools 9.0, linear and matmul (iOS 15)."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from ops.coreml.interpreter.arguments import Arguments


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


OPERATIONS: dict[str, Callable[[Arguments], Tensor]] = {
    "linear": linear,
    "matmul": matmul,
}
