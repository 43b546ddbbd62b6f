"""How unevenly the spans of one group are learnt.

It compares how far the student is from the teacher in each span, and not the spans with each
other: two calls that differ, both learnt well, are as even as can be.

Shape suffixes:  C rows of one chunk · S spans.
"""

import torch
from torch import Tensor

from ops.losses.segments import segment_sum


def unevenness(values_C: Tensor, spans_C: Tensor, groups_C: Tensor, weights_C: Tensor) -> Tensor:
    """(mean of the row's span - mean of its group)², [C]; the mean over rows is a variance.

    `values_C` is a divergence, `weights_C` what a row counts for; both means are weighted. A row
    without weight has 0. This couples the rows of a chunk: a span that a chunk's edge cuts in two
    counts as two, and groups are compared within the chunk only.
    """
    counted_C = weights_C > 0
    pairs_C2 = torch.stack([groups_C, spans_C], -1)
    spans_S2, span_C = torch.unique(pairs_C2, dim=0, return_inverse=True)
    _, group_C = torch.unique(groups_C, return_inverse=True)
    kept_C = torch.where(counted_C, values_C, 0.0)

    def mean_of(index_C: Tensor, segments: int) -> Tensor:
        whole = segment_sum(weights_C, index_C, segments)
        return segment_sum(kept_C * weights_C, index_C, segments) / whole.clamp_min(1e-12)

    segments = len(spans_S2)
    apart_C = mean_of(span_C, segments)[span_C] - mean_of(group_C, segments)[group_C]
    return torch.where(counted_C, apart_C, 0.0) ** 2
