"""The matrix products of a head: logits of a chunk of rows, and the two products of its gradient.

The vocabulary is wide, so logits are never kept: one buffer of [C, V] holds a chunk of them and
then their gradient. Weights and hidden states are read as they are, without autograd.

Shape suffixes:  N rows · C rows of one chunk · V vocabulary · H hidden width.
Not here: what is done with the logits (closed_form.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

CHUNK = 256
SLICE = 8192
"""Rows of the weight whose gradient is made at a time where it is rounded and then added."""


@dataclass(frozen=True, slots=True)
class Head:
    """The projection to the vocabulary, and how it is computed.

    chunk: rows at a time; the memory is chunk · V numbers. product: type of the factors of the
    products (None = as they are); the softmax and the sum of the weight's gradient are in 32 bits
    at least.
    """

    weight_VH: Tensor
    bias_V: Tensor | None = None
    chunk: int = CHUNK
    product: torch.dtype | None = None


Given = tuple[Tensor, Tensor, Tensor | None]


class Product:
    """The products of `head` with up to `rows` rows, a chunk at a time, in one buffer."""

    def __init__(self, head: Head, hidden_NH: Tensor) -> None:
        given = torch.promote_types(hidden_NH.dtype, head.weight_VH.dtype)
        self.factor = head.product or given
        self.dtype = torch.promote_types(self.factor, torch.float32)
        self.hidden_NH = hidden_NH.detach()
        self.weight_VH = head.weight_VH.detach().to(self.factor)
        self.bias_V = None if head.bias_V is None else head.bias_V.detach().to(self.dtype)
        self.chunk = head.chunk
        shape = min(head.chunk, len(hidden_NH)), len(head.weight_VH)
        self._wide_CV = hidden_NH.new_empty(shape, dtype=self.dtype)
        rounded = self.factor != self.dtype
        self._factor_CV = torch.empty_like(self._wide_CV, dtype=self.factor) if rounded else None

    def chunks(self) -> Iterator[slice]:
        """The rows of each chunk."""
        count = len(self.hidden_NH)
        for start in range(0, count, self.chunk):
            yield slice(start, min(start + self.chunk, count))

    def logits(self, rows: slice) -> Tensor:
        """[C, V]; valid until the next call, and the caller may write to it."""
        hidden_CH = self.hidden_NH[rows].to(self.factor)
        wide_CV = self._wide_CV[: len(hidden_CH)]
        if self._factor_CV is None:
            torch.mm(hidden_CH, self.weight_VH.T, out=wide_CV)
        else:
            narrow_CV = self._factor_CV[: len(hidden_CH)]
            wide_CV.copy_(torch.mm(hidden_CH, self.weight_VH.T, out=narrow_CV))
        return wide_CV if self.bias_V is None else wide_CV.add_(self.bias_V)

    def back(self, rows: slice, slope_CV: Tensor, into: "Slopes") -> None:
        """Take the gradient of a chunk's logits on to what of the factors has a gradient."""
        if into.bias_V is not None:
            into.bias_V.add_(slope_CV.sum(0))
        if self._factor_CV is not None:
            slope_CV = self._factor_CV[: len(slope_CV)].copy_(slope_CV)
        if into.hidden_NH is not None:
            self._to_hidden(rows, slope_CV, into.hidden_NH)
        if into.weight_VH is not None:
            self._to_weight(rows, slope_CV, into.weight_VH)

    def _to_hidden(self, rows: slice, slope_CV: Tensor, into_NH: Tensor) -> None:
        if into_NH.dtype == self.factor:
            torch.mm(slope_CV, self.weight_VH, out=into_NH[rows])
        else:
            into_NH[rows] = torch.mm(slope_CV, self.weight_VH)

    def _to_weight(self, rows: slice, slope_CV: Tensor, into_VH: Tensor) -> None:
        hidden_CH = self.hidden_NH[rows].to(self.factor)
        if into_VH.dtype == self.factor:
            into_VH.addmm_(slope_CV.T, hidden_CH)
            return
        for start in range(0, len(into_VH), SLICE):
            part = slice(start, start + SLICE)
            into_VH[part].add_(slope_CV[:, part].T @ hidden_CH)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Gradients of a scalar, added up over chunks; None where there is none to be made."""

    hidden_NH: Tensor | None
    weight_VH: Tensor | None
    bias_V: Tensor | None

    @classmethod
    def of(cls, product: Product, given: Given, asked: Sequence[bool]) -> "Slopes":
        """Room for the gradients of hidden states, weight and bias that are asked for."""
        return cls(
            *(
                torch.zeros_like(one, dtype=product.dtype) if one is not None and asks else None
                for one, asks in zip(given, asked, strict=False)
            )
        )

    @classmethod
    def wanted(cls, product: Product, hidden_NH: Tensor, head: Head) -> "Slopes | None":
        """Room for those that autograd asks for; None under `no_grad` or if all is frozen."""
        given = (hidden_NH, head.weight_VH, head.bias_V)
        asked = [one is not None and one.requires_grad for one in given]
        return cls.of(product, given, asked) if torch.is_grad_enabled() and any(asked) else None


class _Known(torch.autograd.Function):
    """A scalar whose gradients were made with it."""

    @staticmethod
    def forward(ctx, total, slopes, *factors):  # type: ignore[no-untyped-def]
        ctx.slopes = slopes
        return total.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):  # type: ignore[no-untyped-def]
        slopes, ctx.slopes = ctx.slopes, None
        if slopes is None:
            raise RuntimeError("the gradient of a head pass was taken twice; make the pass again")
        made = (slopes.hidden_NH, slopes.weight_VH, slopes.bias_V)
        # In place: the gradient of the weight is the largest tensor here, and there is one of it.
        return None, None, *(None if one is None else one.mul_(upstream) for one in made)


def known(total: Tensor, slopes: Slopes | None, hidden_NH: Tensor, head: Head) -> Tensor:
    """`total` with a path for gradients to hidden states, weight and bias; taken at most once."""
    if slopes is None:
        return total
    joined: Tensor = _Known.apply(  # type: ignore[no-untyped-call]
        total, slopes, hidden_NH, head.weight_VH, head.bias_V
    )
    return joined
