"""Few numbers that stand for many: the palette of a group of weights, by k-means on a line.

On a line the members of a cluster are neighbours, so a round of Lloyd's algorithm (1982) needs the
sorted values once and two look-ups an entry. The start is fixed, so equal weights have equal
palettes. coremltools would ask scikit-learn, which is not needed for this.
"""

from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 60  # then the 16 entries of 4,000 normal numbers are within 0.01 of where they will rest
GROUP = 16  # rows that share a palette, or the largest power of two that divides them all


def group_size(rows: int) -> int:
    """Rows of a matrix that share a palette."""
    return gcd(rows, GROUP)


def palette(values: NDArray[Any], count: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """`count` entries in ascending order, of the type of `values`, and the nearest of each value.

    >>> entries, nearest = palette(np.array([1.0, 9.0, 1.2, 8.8]), 2)
    >>> entries.round(1).tolist(), nearest.tolist()
    ([1.1, 8.9], [0, 1, 0, 1])
    """
    flat = values.reshape(-1).astype(np.float64)
    entries = centres(flat, count).astype(values.dtype)
    return entries, np.searchsorted(middles(entries), flat).astype(np.uint8)


def centres(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The means of the clusters, ascending; one that nothing is near to stays where it began."""
    ordered = np.sort(values)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    entries = np.quantile(ordered, (np.arange(count) + 0.5) / count)
    for _ in range(ROUNDS):
        edges = np.searchsorted(ordered, middles(entries))
        bounds = np.concatenate([[0], edges, [len(ordered)]])
        sizes = np.diff(bounds)
        means = np.diff(sums[bounds]) / np.maximum(sizes, 1)
        moved = np.where(sizes > 0, means, entries)
        if np.array_equal(moved, entries):
            break
        entries = moved
    return entries


def middles(entries: NDArray[Any]) -> NDArray[np.float64]:
    """Halfway between neighbours."""
    wide = entries.astype(np.float64)
    middle: NDArray[np.float64] = (wide[1:] + wide[:-1]) / 2
    return middle


def palettised(matrix: NDArray[Any], count: int) -> NDArray[Any]:
    """`matrix` with each number replaced by the entry that stands for it in its group of rows."""
    groups = matrix.reshape(-1, group_size(len(matrix)), matrix.shape[1])
    replaced = []
    for group in groups:
        entries, nearest = palette(group, count)
        replaced.append(entries[nearest].reshape(group.shape))
    return np.concatenate(replaced)
