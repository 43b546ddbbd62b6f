"""Percentile bootstrap intervals of a ratio, and of the difference of two over the same items.

An item (a prompt) has a part and a whole: 1 of 1 for a right answer, 3 of 4 for right arguments,
nats of tokens. The ratio is the sum of the parts over the sum of the wholes. Items are drawn with
replacement, all columns of an item together, so a paired difference stays paired (Efron and
Tibshirani 1993, chapters 13 and 16). Where few items are unlike, how many of each are drawn is
drawn at once, which is the same and does not grow with the items. Not here: tests (mcnemar.py).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95
SEED = 20
FEW = 64  # unlike items that are drawn by their counts
_AT_ONCE = 1_000_000  # draws in memory

Array = NDArray[np.float64]
Counts = tuple[float, float]
"""Part and whole of an item."""
Scale = Callable[[Array], Array]
Interval = tuple[float | None, float | None]


def plain(values: Array) -> Array:
    """A ratio as it is, where it is no share: tokens an answer."""
    return values


def interval(items: Sequence[Counts], scale: Scale | None = None) -> Interval:
    """Bounds of the ratio at 95 %, scaled (monotone); (None, None) where nothing was counted.

    Without a scale it is a share, in 0..1. Where all of n items have the whole of it, or none has
    any, every resample is the same and the bootstrap has no width: there the bound is the exact one
    for n yes-or-no items, 1 - 0.025^(1/n) from the edge (Clopper and Pearson 1934).
    """
    counted = np.array([item for item in items if item[1]], dtype=np.float64)
    if not len(counted):
        return None, None
    parts, wholes = counted.T
    if scale is None and ((parts == 0).all() or (parts == wholes).all()):
        slack = 1 - ((1 - LEVEL) / 2) ** (1 / len(counted))
        return (0.0, slack) if parts[0] == 0 else (1 - slack, 1.0)
    sums = _resampled(counted)
    return _bounds((scale or plain)(sums[:, 0] / sums[:, 1]))


def difference(
    before: Sequence[Counts], after: Sequence[Counts], scale: Scale | None = None
) -> Interval:
    """Bounds at 95 % of the ratio after less the ratio before; item i is the same in both."""
    if not before:
        return None, None
    paired = np.hstack([np.array(before, dtype=np.float64), np.array(after, dtype=np.float64)])
    sums = _resampled(paired)
    with np.errstate(divide="ignore", invalid="ignore"):
        was, now = sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]
        return _bounds(scale(now) - scale(was) if scale else now - was)


def _resampled(items: Array) -> Array:
    """[items, columns] → the columns' sums over each resample, [RESAMPLES, columns].

    Items are put in order first: in whatever order they come, the draws are the same.
    """
    unlike, counts = np.unique(items, axis=0, return_counts=True)
    draws = np.random.default_rng(SEED)
    if len(unlike) <= FEW:
        return draws.multinomial(len(items), counts / len(items), size=RESAMPLES) @ unlike
    ordered = np.repeat(unlike, counts, axis=0)
    rows = max(1, _AT_ONCE // len(ordered))
    parts = []
    for start in range(0, RESAMPLES, rows):
        shape = min(rows, RESAMPLES - start), len(ordered)
        parts.append(ordered[draws.integers(len(ordered), size=shape)].sum(axis=1))
    return np.concatenate(parts)


def _bounds(values: Array) -> Interval:
    """The middle 95 %; a resample in which nothing was counted is left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
