"""The rates of an evaluation, each over the rows where it can be known, and how sure each is."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from ops.evaluation.measures import MEASURES, Measure, Row
from ops.statistics.bootstrap import interval

Figures = dict[str, float | int | None]
DIGITS = 6


def summarise(table: pa.Table, split: str) -> dict[str, Figures]:
    """Mode → `n` rows of one split, and each of MEASURES with its bounds NAME_low and NAME_high.

    The bounds are 95 % percentile bootstrap over prompts; all are None where nothing was counted.
    """
    rows = [row for row in table.to_pylist() if row["split"] == split]
    modes = sorted({row["mode"] for row in rows})
    return {mode: _rates([row for row in rows if row["mode"] == mode]) for mode in modes}


def _rates(rows: list[Row]) -> Figures:
    found: Figures = {"n": len(rows)}
    for measure in MEASURES:
        found |= figures(measure, rows)
    return found


def figures(measure: Measure, rows: Iterable[Row]) -> Figures:
    """One measure and its bounds."""
    items = [counts for row in rows if (counts := measure.counts(row)) is not None]
    low, high = interval(items, measure.scale)
    name = measure.name
    values = {name: measure.value(items), f"{name}_low": low, f"{name}_high": high}
    return {key: None if one is None else round(one, DIGITS) for key, one in values.items()}


_HITS = Measure("hits", 1, lambda row: (float(row["hit"]), 1.0))
_CARRIED = Measure(
    "carried", 1, lambda row: None if row["carried"] is None else (float(row["carried"]), 1.0)
)


def replayed(table: pa.Table, split: str) -> dict[str, dict[str, Any]]:
    """Mode → of the BROKERED rows of a split: how many there are, the share of calls with a
    recorded result (`hits`), of these the answers that carry it (`carried`), and the misses.
    """
    rows = [row for row in table.to_pylist() if row["split"] == split]
    found: dict[str, dict[str, Any]] = {}
    for mode in sorted({row["mode"] for row in rows}):
        of_mode = [row for row in rows if row["mode"] == mode]
        reasons = sorted(row["reason"] for row in of_mode if row["reason"])
        misses = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
        rates = figures(_HITS, of_mode) | figures(_CARRIED, of_mode)
        found[mode] = {"n": len(of_mode)} | rates | {"misses": misses}
    return found
