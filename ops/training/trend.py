"""Does a series still fall? A straight line through its last values, and how sure its slope is."""

from collections.abc import Sequence

import numpy as np

# Two-sided 95 % points of Student's t with 1 to 30 degrees of freedom; beyond, those of the normal.
T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
NORMAL95 = 1.960


def slope(values: Sequence[float]) -> tuple[float, float]:
    """Least-squares slope per value, and half the width of its 95 % confidence interval.

    Draper and Smith, Applied Regression Analysis, 3rd ed., section 1.4. At least three values.

    >>> found, half = slope([1.0, 0.9, 0.8, 0.7])
    >>> round(found, 6), round(half, 6)
    (-0.1, 0.0)
    """
    found = np.asarray(values, dtype=np.float64)
    at = np.arange(len(found)) - (len(found) - 1) / 2
    spread = float(at @ at)
    rise = float(at @ found) / spread
    left = found - found.mean() - rise * at
    freedom = len(found) - 2
    error = float(np.sqrt(left @ left / freedom / spread))
    return rise, error * (T95[freedom - 1] if freedom <= len(T95) else NORMAL95)


def falls(values: Sequence[float]) -> bool:
    """Does the whole interval of the slope lie below 0, beyond what rounding leaves?

    >>> falls([1.0, 0.998, 0.996, 0.994]), falls([1.0, 1.1, 0.9, 1.0]), falls([1.0] * 5)
    (True, False, False)
    """
    rise, half = slope(values)
    return rise + half < -1e-12 * max(map(abs, values))
