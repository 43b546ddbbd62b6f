"""What changes over a run, as functions of its progress from 0 to 1; outside they stand still."""

import math

from ops.losses.config import TemperatureConfig


def ramp(start: float, end: float, progress: float) -> float:
    """From start to end on a straight line.

    >>> ramp(0.3, 0.7, 0.5), ramp(0.3, 0.7, 9.0), ramp(0.3, 0.7, -1.0)
    (0.5, 0.7, 0.3)
    """
    done = min(max(progress, 0.0), 1.0)
    return start * (1.0 - done) + end * done


def temperature(config: TemperatureConfig, progress: float) -> float:
    """The temperature at this point of the run.

    >>> [temperature(TemperatureConfig(kind="cosine", start=3, end=1), at) for at in (0, 0.5, 2)]
    [3.0, 2.0, 1.0]
    """
    if config.kind == "constant":
        return config.start
    done = min(max(progress, 0.0), 1.0)
    if config.kind == "cosine":
        done = (1.0 - math.cos(math.pi * done)) / 2.0
    return ramp(config.start, config.end, done)
