"""The interval of a share in closed form; needs no samples drawn.

Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal
of the American Statistical Association 22 (1927), p. 209.
"""

import math

Z_95 = 1.959963984540054
"""Standard deviations to either side that hold 95 % of a normal distribution."""


def wilson(right: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound, 0..1, of the share that `right` of `n` stands for.

    Unlike the normal approximation it stays within 0..1, and is no point at 0 % and 100 %.

    >>> [round(bound, 3) for bound in wilson(9, 10)]
    [0.596, 0.982]

    Raises:
        ValueError: n is not positive, or `right` is none of 0..n.
    """
    if not 0 <= right <= n or n == 0:
        raise ValueError(f"{right} right of {n}: expected 0 <= right <= n, n > 0")
    share, over = right / n, z * z / n
    middle = share + over / 2
    spread = z * math.sqrt(share * (1 - share) / n + over / (4 * n))
    # At none and at all the bound is the share itself, which the arithmetic misses by a rounding.
    low = (middle - spread) / (1 + over) if right else 0.0
    return low, (middle + spread) / (1 + over) if right < n else 1.0
