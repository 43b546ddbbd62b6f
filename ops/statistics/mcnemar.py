"""Is one of two models better on the same prompts? McNemar's test, exact.

Only prompts count on which the two differ. If neither is better, each of them goes either way with
probability one half (McNemar 1947; the exact form is the binomial one). For values that are not yes
or no the same count is the sign test: in how many prompts the value rose, and in how many it fell.
"""

import math

import numpy as np


def exact(gained: int, lost: int) -> float:
    """Two-sided p of so uneven a split, in 0..1; 1 where nothing changed.

    >>> round(exact(1, 9) * 2**10)  # 1 + 10 splits as uneven as this, on each side
    22
    """
    changed, fewer = gained + lost, min(gained, lost)
    steps = np.arange(1, fewer + 1, dtype=np.float64)
    # Logarithms of the binomial coefficients, as a running product: they outgrow a float soon.
    ways = np.concatenate([[0.0], np.cumsum(np.log((changed - steps + 1) / steps))])
    tail = float(np.exp(ways - changed * math.log(2)).sum())
    return min(1.0, 2 * tail)


def can_be_told(changed: int, level: float) -> bool:
    """Whether the most uneven split of so many changes would have a p of at most `level`.

    >>> [changed for changed in range(1, 9) if can_be_told(changed, 0.05)]
    [6, 7, 8]
    """
    return exact(changed, 0) <= level
