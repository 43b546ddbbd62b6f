"""Sums over runs of different lengths that lie behind one another.

Shape suffixes:  S tokens · Q sequences (or any segments).
"""

import torch
from torch import Tensor


def segment_sum(values_S: Tensor, segment_S: Tensor, segments: int) -> Tensor:
    """Σ of the values of each segment, [Q]; 0 for one without values."""
    return values_S.new_zeros(segments).index_add(0, segment_S, values_S)


def segment_logsumexp(values_S: Tensor, segment_S: Tensor, segments: int) -> Tensor:
    """log Σ exp of the values of each segment, [Q]; every segment must have a value.

    The largest value is taken out first, as in a logsumexp over one axis.
    """
    least = torch.finfo(values_S.dtype).min
    largest_Q = torch.full((segments,), least, dtype=values_S.dtype, device=values_S.device)
    largest_Q = largest_Q.scatter_reduce(0, segment_S, values_S.detach(), "amax")
    inner_S = (values_S - largest_Q[segment_S]).exp()
    return segment_sum(inner_S, segment_S, segments).log() + largest_Q
