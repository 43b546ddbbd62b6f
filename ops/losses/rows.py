"""Which rows a component has, and its sum over them.

Shape suffixes:  N supervised tokens · C rows of one chunk.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from ops.losses.contract import Targets
from ops.spans.contract import KINDS


def is_kind(targets: Targets, kinds: Iterable[str]) -> Tensor:
    """[N] tokens of one of these kinds of span."""
    wanted = targets.kinds_N.new_tensor([KINDS.index(kind) for kind in kinds])
    return torch.isin(targets.kinds_N, wanted)


def is_right(targets: Targets) -> Tensor:
    """[N] tokens that may be a cross-entropy target: all but those of a broken output."""
    return ~targets.broken_N


def is_truth(targets: Targets) -> Tensor:
    """[N] tokens that are known to be right, whoever the teacher is."""
    truth_N = torch.zeros_like(targets.broken_N) if targets.truth_N is None else targets.truth_N
    return torch.logical_and(truth_N, ~targets.broken_N)


def total(values_C: Tensor, weights_C: Tensor) -> Tensor:
    """Σ weight · value, []. A row without weight adds exactly 0, whatever its value is.

    The sum over no row at all is 0 with a path for the gradient.
    """
    return (torch.where(weights_C > 0, values_C, 0.0) * weights_C).sum()


def tally(weights: Mapping[str, Tensor]) -> dict[str, float]:
    """The sum of each component's weights [N], all read from the device at once."""
    if not weights:
        return {}
    sums = torch.stack([weight_N.sum() for weight_N in weights.values()])
    return dict(zip(weights, sums.tolist(), strict=True))
