"""Operations that work number by number, or reduce along axes.

Definitions: coremltools 9.0, converters/mil/mil/ops/defs (the MIL operation reference).
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from ops.coreml.interpreter.arguments import Arguments
from ops.coreml.interpreter.values import FLOATS, INTEGERS, fit
from ops.errors import ContractError


def binary(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Arguments], Tensor]:
    """`function` of x and y, broadcast from the last axis."""

    def operation(given: Arguments) -> Tensor:
        given.only("x", "y")
        x, y = given.tensor("x"), given.tensor("y")
        if x.dtype != y.dtype:
            raise ContractError(f"x is {x.dtype} and y is {y.dtype}; expected one type")
        return function(x, y)

    return operation


def unary(function: Callable[[Tensor], Tensor]) -> Callable[[Arguments], Tensor]:
    """`function` of x."""

    def operation(given: Arguments) -> Tensor:
        given.only("x")
        return function(given.tensor("x"))

    return operation


def reduction(
    function: Callable[[Tensor, list[int], bool], Tensor],
) -> Callable[[Arguments], Tensor]:
    """`function` of x along its axes."""

    def operation(given: Arguments) -> Tensor:
        given.only("x", "axes", "keep_dims")
        x = given.tensor("x")
        axes = given.integers("axes", list(range(x.ndim)))
        return function(x, axes, given.flag("keep_dims"))

    return operation


def real_div(x: Tensor, y: Tensor) -> Tensor:
    """x / y; two integers would divide as floats, which no program here does."""
    if not x.is_floating_point():
        raise ContractError("real_div of integers has no reader")
    return x / y


def clip(given: Arguments) -> Tensor:
    """x held between alpha and beta."""
    given.only("x", "alpha", "beta")
    return given.tensor("x").clamp(float(given.tensor("alpha")), float(given.tensor("beta")))


def rsqrt(given: Arguments) -> Tensor:
    """1 / sqrt(x + epsilon)."""
    given.only("x", "epsilon")
    return torch.rsqrt(given.tensor("x") + given.tensor("epsilon"))


def select(given: Arguments) -> Tensor:
    """a where the condition holds, b elsewhere."""
    given.only("cond", "a", "b")
    a, b = given.tensor("a"), given.tensor("b")
    if a.dtype != b.dtype:
        raise ContractError(f"a is {a.dtype} and b is {b.dtype}; expected one type")
    return torch.where(given.tensor("cond"), a, b)


def softmax(given: Arguments) -> Tensor:
    """exp(x) / sum(exp(x)) along an axis."""
    given.only("x", "axis")
    return given.tensor("x").softmax(given.integer("axis"))


def cast(given: Arguments) -> Tensor:
    """x as another data type; floats lose their fraction on the way to integers."""
    given.only("x", "dtype")
    dtype = given.text("dtype")
    x = given.tensor("x")
    if dtype in FLOATS:
        return x.float()
    if dtype == "bool":
        return x != 0
    if dtype in INTEGERS:
        return fit(x.to(torch.int32), dtype, rounded=False)
    raise ContractError(f"cast to {dtype!r} has no reader")


OPERATIONS: dict[str, Callable[[Arguments], Tensor]] = {
    "abs": unary(torch.abs),
    "add": binary(torch.add),
    "cast": cast,
    "clip": clip,
    "greater": binary(torch.gt),
    "greater_equal": binary(torch.ge),
    "less_equal": binary(torch.le),
    "logical_and": binary(torch.logical_and),
    "maximum": binary(torch.maximum),
    "mul": binary(torch.mul),
    "real_div": binary(real_div),
    "reduce_max": reduction(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "reduce_mean": reduction(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "reduce_sum": reduction(lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    "rsqrt": rsqrt,
    "select": select,
    "silu": unary(F.silu),
    "softmax": softmax,
    "sqrt": unary(torch.sqrt),
    "sub": binary(torch.sub),
}
