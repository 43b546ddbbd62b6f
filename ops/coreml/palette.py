"""Few numbers that stand for many: the palette of a group of weights, by k-means on a line.

scikit-learn's, from the start of Arthur and Vassilvitskii (k-means++, 2007), on the distinct
numbers and their counts. One seed, one order and one thread: equal weights have equal palettes. Not
here: which matrices have palettes (compress.py).
"""

from functools import cache
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import ThreadpoolController

GROUP = 16  # rows that share a palette, or the largest power of two that divides them all
SEED = 0


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
    """The means of the clusters, ascending; where the values are few, they and the last of them."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= count:
        return np.pad(distinct, (0, count - len(distinct)), mode="edge")
    model = KMeans(count, n_init=1, random_state=SEED)
    with _pools().limit(limits=1):  # sums in an order of their own would change the last digits
        model.fit(distinct[:, None], sample_weight=counts)
    means: NDArray[np.float64] = np.sort(model.cluster_centers_[:, 0])
    return means


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process: to look for them takes as long as a palette."""
    return ThreadpoolController()


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
