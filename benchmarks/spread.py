"""What several seeds found: mean, range, and whether a difference is more than their noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

ERRORS = 2.0
"""Standard errors of the mean that a difference must exceed."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of one quantity, one a seed."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.values)

    @property
    def is_noise(self) -> bool:
        """Of differences, seed by seed: does one point the other way, or is the mean too small?

        One seed alone tells nothing.
        """
        signs = {(value > 0) - (value < 0) for value in self.values}
        if len(self.values) < 2 or len(signs) > 1 or signs == {0}:
            return True
        return abs(self.mean) <= ERRORS * stdev(self.values) / sqrt(len(self.values))

    def told(self, form: str) -> str:
        """Mean, and least to most in brackets."""
        least, most = min(self.values), max(self.values)
        return f"{self.mean:{form}} ({least:{form}} to {most:{form}})"


def spread(values: Sequence[float | None]) -> Spread | None:
    """Of the values that are known; None without any."""
    known = tuple(value for value in values if value is not None)
    return Spread(known) if known else None


def apart(with_it: Sequence[float | None], without: Sequence[float | None]) -> Spread | None:
    """The differences seed by seed, where both are known."""
    return spread(
        [
            one - other if one is not None and other is not None else None
            for one, other in zip(with_it, without, strict=True)
        ]
    )
