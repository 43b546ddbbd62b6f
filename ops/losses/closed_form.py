"""A chunk of logits folded into the few numbers that an objective looks at, and back.

Fold: the K listed logits are taken out, the others are replaced by e = exp(z - peak), and summed.
Everything that an objective can ask follows from K + 1 numbers a row: the listed logits and the
logarithm of that sum, `rest`. Back: the gradient at a listed logit is that of the small number, and
that at any other is e / Σe times that of `rest` (the derivative of a logarithm of a sum of
exponentials). So no second [C, V] tensor is needed, and nothing is subtracted that cancels.

With masks of a grammar there is one number more, `share`: the logarithm of the part of the rest
that the grammar allows.

Shape suffixes:  C rows of one chunk · V vocabulary · K listed outcomes · A rows with a mask.
Unit: nats. Not here: the products (product.py), the loop over chunks (head.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ops.losses.allowed import Masked
from ops.losses.contract import Outcomes

BLOCK = 1 << 18
"""Numbers of a [C, V] buffer that are worked on at a time on a CPU: they stay in its cache."""


@dataclass(frozen=True, slots=True)
class Small:
    """The numbers of C rows that autograd works on, or the gradient of something by each.

    listed_CK: logits, -inf where there is no outcome. rest_C: logarithm of the sum of the
    exponentials of all other logits. share_C: the part of that sum that is allowed, in nats.
    """

    listed_CK: Tensor
    rest_C: Tensor
    share_C: Tensor

    def leaves(self) -> "Small":
        """The same numbers, to be differentiated by."""
        return Small(*(one.detach().requires_grad_() for one in self.parts()))

    def plus(self, other: "Small") -> "Small":
        """The sum of two gradients."""
        return Small(*(a + b for a, b in zip(self.parts(), other.parts(), strict=True)))

    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """In the order of the fields."""
        return self.listed_CK, self.rest_C, self.share_C


@dataclass(frozen=True, slots=True)
class Folded:
    """What a buffer of logits became: e = exp(z - peak), and 0 at what is listed.

    Of e by row: the sum, the sum of the squares (with `squares` alone), and both of those that the
    grammar allows.
    """

    e_CV: Tensor
    known_CK: Tensor
    at_CK: Tensor
    small: Small
    sum_C: Tensor
    squares_C: Tensor
    masked: Masked | None
    legal_C: Tensor
    legal_squares_C: Tensor


def fold(
    logits_CV: Tensor, ids_CK: Tensor, masked: Masked | None = None, squares: bool = False
) -> Folded:
    """Fold logits in place. Column 0 of `ids_CK` is a token in every row; -1 is no outcome."""
    known_CK = ids_CK >= 0
    at_CK = torch.where(known_CK, ids_CK, ids_CK[:, :1])
    listed_CK = logits_CV.gather(1, at_CK).masked_fill_(~known_CK, float("-inf"))
    logits_CV.scatter_(1, at_CK, float("-inf"))
    peak_C, sum_C, squares_C = logits_CV.new_zeros(3, len(logits_CV))
    for rows in blocks(logits_CV):
        part = logits_CV[rows]
        # Where all tokens are listed the peak is -inf, and no number may come of it.
        peak = part.amax(1, keepdim=True).clamp_min_(torch.finfo(part.dtype).min)
        part.sub_(peak).exp_()
        peak_C[rows], sum_C[rows] = peak[:, 0], part.sum(1)
        if squares:
            squares_C[rows] = torch.linalg.vecdot(part, part)
    legal_C, legal_squares_C = torch.zeros_like(sum_C), torch.zeros_like(sum_C)
    if masked is not None:
        masked.sums(logits_CV, legal_C, legal_squares_C)
    small = Small(listed_CK, peak_C + sum_C.log(), _share(legal_C, sum_C))
    return Folded(
        logits_CV, known_CK, at_CK, small, sum_C, squares_C, masked, legal_C, legal_squares_C
    )


def _share(legal_C: Tensor, sum_C: Tensor) -> Tensor:
    """A part so small that its inverse has no number is none."""
    some_C = legal_C >= torch.finfo(legal_C.dtype).tiny
    return torch.where(some_C, (legal_C / sum_C).log(), float("-inf"))


def blocks(buffer_CV: Tensor) -> Iterator[slice]:
    """Rows at a time: all on an accelerator, as many as the cache holds on a CPU."""
    count, width = buffer_CV.shape
    step = max(1, BLOCK // max(1, width)) if buffer_CV.device.type == "cpu" else max(1, count)
    for start in range(0, count, step):
        yield slice(start, start + step)


def seen(folded: Folded, small: Small) -> Outcomes:
    """The outcomes that an objective looks at, differentiable in `small`.

    Where every token is listed, the tail is the least positive number's logarithm and constant.
    """
    known_CK, none = folded.known_CK, float("-inf")
    logp_C1 = torch.cat([small.listed_CK, small.rest_C[:, None]], 1).log_softmax(1)
    logq_CK = logp_C1[:, :-1].masked_fill(~known_CK, none)
    floor = torch.full_like(folded.sum_C, torch.finfo(folded.sum_C.dtype).tiny).log()
    tail_C = torch.where(small.rest_C > none, logp_C1[:, -1], floor)
    if folded.masked is None:
        return Outcomes(logq_CK, tail_C)
    allows_CK = folded.masked.listed(folded.at_CK) & known_CK
    listed_CK = logq_CK.masked_fill(~allows_CK, none)
    legal_C1 = torch.cat([listed_CK, (tail_C + small.share_C)[:, None]], 1)
    # Where nothing that is allowed has a number: hardly anything, and constant.
    legal_C1 = torch.where((legal_C1 > none).any(1, keepdim=True), legal_C1, floor[:, None])
    has_C = folded.masked.has_C
    return Outcomes(logq_CK, tail_C, torch.where(has_C, legal_C1.logsumexp(1), 0.0))


def square(folded: Folded, slope: Small) -> Tensor:
    """Sum of the squares of the gradient of all logits, from that of the small numbers."""
    rest_C, legal_C = _factors(folded, slope)
    others_C = rest_C.square() * folded.squares_C
    others_C += (2 * rest_C + legal_C) * legal_C * folded.legal_squares_C
    return slope.listed_CK.square().sum() + others_C.sum()


def unfold(folded: Folded, slope: Small) -> Tensor:
    """The gradient of all logits, in the buffer that held e."""
    rest_C, legal_C = _factors(folded, slope)
    e_CV = folded.e_CV
    if folded.masked is not None:
        folded.masked.scale(e_CV, rest_C, legal_C)
        rest_C = rest_C.masked_fill(folded.masked.has_C, 1.0)
    for rows in blocks(e_CV):
        e_CV[rows].mul_(rest_C[rows, None])
    # A missing outcome points at the row's first one and says the same as it.
    listed_CK = torch.where(folded.known_CK, slope.listed_CK, slope.listed_CK[:, :1])
    return e_CV.scatter_(1, folded.at_CK, listed_CK)


def _factors(folded: Folded, slope: Small) -> tuple[Tensor, Tensor]:
    """What e is multiplied by: everywhere, and besides where the grammar allows the token."""
    tiny = torch.finfo(folded.sum_C.dtype).tiny
    rest_C = (slope.rest_C - slope.share_C) / folded.sum_C.clamp_min(tiny)
    return rest_C, slope.share_C / folded.legal_C.clamp_min(tiny)
