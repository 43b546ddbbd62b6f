"""The rates of an evaluation, each over the rows where it can be known."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

Row = dict[str, Any]


def summarise(table: pa.Table, split: str) -> dict[str, dict[str, float | int | None]]:
    """Mode → the rates over the rows of one split, in 0..1; None where nothing could be counted.

    n                  rows
    json_validity      valid of the answers that made a call
    in_grammar         word for word in the tool grammar of the answers that made a call
    tool_selection     right of the answers whose right calls are known, "no call" among them
    argument_accuracy  right of all arguments that had to be given, or were
    exact_match        right in all of the answers whose right calls are known
    needless_calls     answers with a call of those where none is right
    missing_calls      answers without a call of those where one is right
    integration_f1     mean over the answers with a result to carry
    """
    rows: list[Row] = [row for row in table.to_pylist() if row["split"] == split]
    modes = sorted({row["mode"] for row in rows})
    return {mode: _rates([row for row in rows if row["mode"] == mode]) for mode in modes}


def _rates(rows: Sequence[Row]) -> dict[str, float | int | None]:
    return {
        "n": len(rows),
        "json_validity": _mean(row["json_valid"] for row in rows),
        "in_grammar": _mean(row["in_grammar"] for row in rows),
        "tool_selection": _mean(row["tool_selected"] for row in rows),
        "argument_accuracy": _ratio(
            sum(row["arguments_right"] for row in rows),
            sum(row["arguments_total"] for row in rows),
        ),
        "exact_match": _mean(row["exact"] for row in rows),
        "needless_calls": _mean(row["needless_call"] for row in rows if row["calls_expected"] == 0),
        "missing_calls": _mean(
            row["missing_call"] for row in rows if (row["calls_expected"] or 0) > 0
        ),
        "integration_f1": _mean(row["integration_f1"] for row in rows),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return _ratio(sum(known), len(known))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
