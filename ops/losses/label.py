"""The log-probability of one token a row, differentiable, for losses that couple rows.

A sequence's score and a margin between two need Σ log q of many rows before any gradient is known,
so the logits of a chunk are made twice, forward and backward, and never kept.

Shape suffixes:  S rows · T tokens of a row · U of these that predict a label · C rows of a chunk ·
V vocabulary · H hidden width.  Unit: nats.
"""

import torch
from torch import Tensor

from ops.losses.closed_form import Small, fold, unfold
from ops.losses.product import Head, Product, Slopes


def label_logp(hidden_SH: Tensor, head: Head, ids_S: Tensor) -> Tensor:
    """log q(ids_s) of each row, [S]; gradients to hidden states, weight and bias.

    One product forward; backward one more and one for each of hidden states and weight.
    """
    found: Tensor = _LabelLogp.apply(  # type: ignore[no-untyped-call]
        hidden_SH, head.weight_VH, head.bias_V, (ids_S, head.chunk, head.product)
    )
    return found


class _LabelLogp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden_SH, weight_VH, bias_V, asked):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(hidden_SH, weight_VH, bias_V)
        ctx.asked = asked
        ids_S, *how = asked
        with torch.autocast(hidden_SH.device.type, enabled=False):
            product = Product(Head(weight_VH, bias_V, *how), hidden_SH)
            logp_S = hidden_SH.new_empty(len(hidden_SH), dtype=product.dtype)
            for rows in product.chunks():
                logp_S[rows] = _both(fold(product.logits(rows), ids_S[rows, None]).small)[:, 0]
        return logp_S

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream_S):  # type: ignore[no-untyped-def]
        hidden_SH, weight_VH, bias_V = ctx.saved_tensors
        ids_S, *how = ctx.asked
        with torch.autocast(hidden_SH.device.type, enabled=False):
            product = Product(Head(weight_VH, bias_V, *how), hidden_SH)
            slopes = Slopes.of(product, (hidden_SH, weight_VH, bias_V), ctx.needs_input_grad)
            for rows in product.chunks():
                folded = fold(product.logits(rows), ids_S[rows, None])
                # 1 - q of the label is the mass of the others, which does not cancel.
                slope_C = upstream_S[rows] * _both(folded.small)[:, 1].exp()
                small = Small(slope_C[:, None], -slope_C, torch.zeros_like(slope_C))
                product.back(rows, unfold(folded, small), slopes)
        return slopes.hidden_NH, slopes.weight_VH, slopes.bias_V, None


def _both(small: Small) -> Tensor:
    """[C, 2] log-probability of the label, and of all others."""
    return torch.cat([small.listed_CK, small.rest_C[:, None]], 1).log_softmax(1)


@torch.no_grad()
def label_norm(
    slope_S: Tensor, ids_S: Tensor, rows_S: Tensor, states_TH: Tensor, head: Head
) -> Tensor:
    """L2 norm, by the logits, of a loss whose gradient by each label's log-probability is slope_S.

    Labels that one state predicts (rows_S) share its logits, so their gradients are added before
    they are squared. One product of the states that predict any.
    """
    with torch.autocast(states_TH.device.type, enabled=False):
        states_U, place_S = torch.unique(rows_S, return_inverse=True)
        product = Product(head, states_TH[states_U])
        slope_S = slope_S.to(product.dtype)
        summed_U = slope_S.new_zeros(len(states_U)).index_add_(0, place_S, slope_S)
        squared = slope_S.new_zeros(())
        for rows in product.chunks():
            slope_CV = product.logits(rows).softmax(1).mul_(-summed_U[rows, None])
            here_S = (place_S >= rows.start) & (place_S < rows.stop)
            at = (place_S[here_S] - rows.start, ids_S[here_S])
            squared += slope_CV.index_put_(at, slope_S[here_S], accumulate=True).square().sum()
    return squared.sqrt()
