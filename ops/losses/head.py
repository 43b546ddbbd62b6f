"""One pass of the head over the supervised rows, with any objective, and its exact gradient.

Rows go through in chunks: logits, folded to K + 1 numbers a row (closed_form.py), on which alone
the objective and autograd work; then in closed form back to the logits, in the same buffer, and
on to hidden states and weight (product.py). Three matrix products with a head that is trained, two
with one that is frozen, one without gradient; the memory of logits is that of one chunk. The
gradient is made in the forward pass; the backward pass multiplies it.

Losses are fused with the projection as in Liger Kernel (arXiv 2410.10989) and cut cross-entropy
(arXiv 2411.09009); that one form serves every loss of listed outcomes is our own.

Shape suffixes:  N supervised rows · C rows of one chunk · K listed outcomes · H hidden width.
Not here: what is minimised (contract.py: Objective), which rows are supervised (ops/training).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ops.losses.allowed import Allowed
from ops.losses.closed_form import Folded, Small, fold, seen, square, unfold
from ops.losses.contract import Objective, Outcomes, Sums, Targets
from ops.losses.product import Head, Product, Slopes, known


@dataclass(frozen=True, slots=True)
class Aim:
    """What a pass descends.

    scale: w_c / counts_c of the window for each component that is present in it; the sum of one
        that is missing here is told and not descended. progress: from 0 to 1 of the run.
    norms: tell the norm of each component's gradient; costs one more reading of the logits.
    """

    objective: Objective
    scale: Mapping[str, float]
    progress: float = 0.0
    norms: bool = True


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass found.

    total: Σ_c scale_c · sums_c, with a path to hidden states, weight and bias. sums: as the
    objective told them, without gradient. norms: for each component of the scale the L2 norm of
    the gradient of scale_c · sums_c by the logits of all rows; 0 = a loss without a gradient.
    """

    total: Tensor
    sums: Sums
    norms: Sums


def head_pass(
    hidden_NH: Tensor, head: Head, targets: Targets, aim: Aim, allowed: Allowed | None = None
) -> Pass:
    """The aim's total over N rows, differentiable once; rows without any are a total of 0.

    Column 0 of the targets' ids is a token in every row. Under `no_grad` nothing but sums is made.
    Autocast does not reach inside: `head.product` says what the products are made of.
    """
    with torch.autocast(hidden_NH.device.type, enabled=False):
        product = Product(head, hidden_NH)
        slopes = Slopes.wanted(product, hidden_NH, head)
        tally = _Tally(aim, hidden_NH.new_zeros((), dtype=product.dtype))
        told = aim.norms and slopes is not None
        for rows, folded in _folded(product, targets, allowed, told):
            of_rows = targets.chunk(rows)
            if slopes is None:
                with torch.no_grad():
                    tally.add(aim.objective.sums(seen(folded, folded.small), of_rows, aim.progress))
                continue
            slope = tally.descended(folded, of_rows)
            product.back(rows, unfold(folded, slope), slopes)
        total = known(tally.total, slopes, hidden_NH, head)
    norms = {name: found.sqrt() for name, found in tally.squares.items()}
    return Pass(total, tally.sums, norms)


def outcomes(
    hidden_NH: Tensor, head: Head, targets: Targets, allowed: Allowed | None = None
) -> Outcomes:
    """What an objective sees of all N rows, without gradient; one product."""
    with torch.no_grad(), torch.autocast(hidden_NH.device.type, enabled=False):
        product = Product(head, hidden_NH)
        found = [
            seen(folded, folded.small)
            for _, folded in _folded(product, targets, allowed, squares=False)
        ]
    none = hidden_NH.new_zeros(0, dtype=product.dtype)
    legal = [one.allowed_C for one in found if one.allowed_C is not None]
    return Outcomes(
        torch.cat([none.new_zeros(0, targets.ids_NK.shape[1]), *(one.logq_CK for one in found)]),
        torch.cat([none, *(one.tail_C for one in found)]),
        None if allowed is None else torch.cat([none, *legal]),
    )


def _folded(
    product: Product, targets: Targets, allowed: Allowed | None, squares: bool
) -> Iterator[tuple[slice, Folded]]:
    chunks = list(product.chunks())
    masked = [None] * len(chunks) if allowed is None else allowed.chunks(product.chunk)
    for rows, of_rows in zip(chunks, masked, strict=True):
        with torch.no_grad():
            yield rows, fold(product.logits(rows), targets.ids_NK[rows], of_rows, squares)


@dataclass(slots=True)
class _Tally:
    """What is added up over the chunks of a pass."""

    aim: Aim
    total: Tensor
    sums: Sums = field(default_factory=dict)
    squares: Sums = field(default_factory=dict)

    def add(self, sums: Sums) -> None:
        """One chunk's sums, and their part of the total."""
        for name, value in sums.items():
            told = value.detach()
            self.sums[name] = self.sums[name] + told if name in self.sums else told
            self.total = self.total + self.aim.scale.get(name, 0.0) * told

    def descended(self, folded: Folded, targets: Targets) -> Small:
        """The objective's sums of a chunk, and the gradient of the total by its small numbers."""
        small = folded.small.leaves()
        with torch.enable_grad():
            sums = self.aim.objective.sums(seen(folded, small), targets, self.aim.progress)
            scaled = {
                name: self.aim.scale[name] * value
                for name, value in sums.items()
                if name in self.aim.scale
            }
        self.add(sums)
        if not self.aim.norms:
            return _slope(list(scaled.values()), small)
        whole = Small(*(torch.zeros_like(one) for one in small.parts()))
        with torch.no_grad():
            for name, value in scaled.items():
                slope = _slope([value], small)
                found = square(folded, slope)
                self.squares[name] = self.squares[name] + found if name in self.squares else found
                whole = whole.plus(slope)
        return whole


def _slope(values: list[Tensor], small: Small) -> Small:
    """The gradient of the sum of values; one that depends on nothing has none."""
    depending = [value for value in values if value.requires_grad]
    if not depending:
        return Small(*(torch.zeros_like(one) for one in small.parts()))
    return Small(
        *torch.autograd.grad(depending, small.parts(), retain_graph=True, materialize_grads=True)
    )
