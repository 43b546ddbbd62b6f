"""The measures of an evaluation: over which rows each is counted, and which way is better.

A row has a part and a whole for a measure (see ops/statistics/bootstrap.py), or none where the
measure cannot be known; the measure is the sum of the parts over the sum of the wholes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ops.evaluation.contract import CATEGORIES
from ops.statistics.bootstrap import Counts, Scale, plain

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """`better` is 1 where more is better, -1 where less is, 0 where neither is.

    Without a scale it is a share, in 0..1.
    """

    name: str
    better: int
    counts: Callable[[Row], Counts | None]
    scale: Scale | None = None

    def value(self, items: Sequence[Counts]) -> float | None:
        """The measure over these items; None where nothing was counted."""
        part, whole = sum(part for part, _ in items), sum(whole for _, whole in items)
        if not whole:
            return None
        return float((self.scale or plain)(np.array(part / whole)))


def _of(column: str) -> Callable[[Row], Counts | None]:
    """The column's value, where it is known."""

    def counts(row: Row) -> Counts | None:
        value = row[column]
        return None if value is None else (float(value), 1.0)

    return counts


def _arguments(row: Row) -> Counts | None:
    total = row["arguments_total"]
    return (float(row["arguments_right"]), float(total)) if total else None


def _needless(row: Row) -> Counts | None:
    return (float(row["needless_call"]), 1.0) if row["calls_expected"] == 0 else None


def _missing(row: Row) -> Counts | None:
    return (float(row["missing_call"]), 1.0) if row["calls_expected"] else None


def _cut(row: Row) -> Counts | None:
    return (float(not row["finished"]), 1.0)


def _right(row: Row) -> Counts | None:
    nats, tokens = row["right_nats"], row["right_tokens"]
    return (nats, float(tokens)) if tokens else None


def _category(name: str) -> Callable[[Row], Counts | None]:
    # What is right is not known: then not every fault can be found, and none is not news.
    return lambda row: None if row["exact"] is None else (float(row["category"] == name), 1.0)


MEASURES = (
    Measure("json_validity", 1, _of("json_valid")),  # of the answers that made a call
    Measure("in_grammar", 1, _of("in_grammar")),  # of the answers that made a call
    Measure("tool_selection", 1, _of("tool_selected")),  # "no call" among what may be right
    Measure("argument_accuracy", 1, _arguments),  # of all that had to be given, or were
    Measure("exact_match", 1, _of("exact")),
    Measure("needless_calls", -1, _needless),  # where no call is right
    Measure("missing_calls", -1, _missing),  # where one is
    Measure("integration_f1", 1, _of("integration_f1")),  # where there is a result to carry
    Measure("truncation", -1, _cut),
    Measure("perplexity", -1, _right, np.exp),  # of the teacher's answer, a token
    Measure("tokens", 0, _of("tokens"), plain),  # an answer
)
FAULTS = tuple(Measure(name, -1, _category(name)) for name in CATEGORIES)
"""The share of the answers that fail so, category by category."""
