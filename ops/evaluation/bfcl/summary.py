"""The accuracy of each category, how sure it is, and what was wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ops.evaluation.bfcl.categories import SCORED
from ops.statistics.wilson import wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """One category.

    Attributes:
        category: its name.
        n: cases that were judged.
        right: of these, right by the benchmark's rules.
        low, high: the 95 % interval of the share, 0..1, by Wilson; None without a case.
        errors: how often each of the benchmark's error types.
        missing: cases that were not judged, by reason.
    """

    category: str
    n: int
    right: int
    low: float | None
    high: float | None
    errors: dict[str, int]
    missing: dict[str, int]

    @property
    def accuracy(self) -> float | None:
        """The share of the cases that were judged; None without one."""
        return self.right / self.n if self.n else None

    def plain(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "n": self.n,
            "right": self.right,
            "accuracy": self.accuracy,
            "interval_95": None if self.low is None else [self.low, self.high],
            "error_types": self.errors,
            "not_judged": self.missing,
        }


def rates(rows: Sequence[dict[str, Any]]) -> list[Rate]:
    """The rates of the rows of CASES, a category each, in the benchmark's order."""
    return [
        _rate(category, held)
        for category in SCORED
        if (held := [row for row in rows if row["category"] == category])
    ]


def _rate(category: str, rows: Sequence[dict[str, Any]]) -> Rate:
    judged = [row for row in rows if row.get("valid") is not None]
    right = sum(row["valid"] for row in judged)
    low, high = wilson(right, len(judged)) if judged else (None, None)
    return Rate(
        category,
        len(judged),
        right,
        low,
        high,
        _counted(row["error_type"] for row in judged if not row["valid"]),
        _counted(row["error_type"] for row in rows if row.get("valid") is None),
    )


def _counted(names: Any) -> dict[str, int]:
    """Most frequent first, then by name."""
    return dict(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))
