"""Two evaluations of the same prompts, prompt by prompt: what is better, worse, or noise.

Each measure is compared over all prompts and over those of each kind, and each category of failure
over all. A verdict other than noise needs p ≤ 5 % after Holm's adjustment for as many comparisons
(ops/statistics). Rows that changed in too few prompts to be told at all take no part in it: how
many changed says nothing of which way, so to leave them out keeps the promise of the test.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from ops import tables
from ops.errors import ContractError
from ops.evaluation.contract import COMPARISON
from ops.evaluation.measures import FAULTS, MEASURES, Measure, Row
from ops.evaluation.summary import DIGITS
from ops.statistics.bootstrap import Counts, difference, interval
from ops.statistics.holm import adjusted
from ops.statistics.mcnemar import can_be_told, exact

LEVEL = 0.05
ALL = "all"


class Pair(NamedTuple):
    """A prompt's row in both evaluations."""

    before: Row
    after: Row


def compare(before: pa.Table, after: pa.Table) -> pa.Table:
    """Two tables EVALUATIONS → COMPARISON; rows with n = 0 are left out.

    Raises:
        ContractError: a prompt is in one of them alone, or twice; names it.
    """
    rows = []
    for (split, mode), pairs in sorted(paired(before, after).items()):
        kinds = sorted({pair.after["kind"] for pair in pairs})
        over = {kind: [pair for pair in pairs if pair.after["kind"] == kind] for kind in kinds}
        family = [
            _row(measure, kind, some)
            for measure in MEASURES
            if measure.better
            for kind, some in [(ALL, pairs), *over.items()]
        ]
        faults = [_row(fault, ALL, pairs) for fault in FAULTS]
        for listed in (family, faults):
            known = [row for row in listed if row["n"]]
            _judge(known)
            rows += [{"split": split, "mode": mode} | row for row in known]
    return tables.from_rows(rows, COMPARISON)


def paired(before: pa.Table, after: pa.Table) -> dict[tuple[str, str], list[Pair]]:
    """(split, mode) → the prompts' rows in both tables, by prompt id."""
    was, now = _by_key(before), _by_key(after)
    if odd := sorted(was.keys() ^ now.keys()):
        raise ContractError(
            f"{len(odd)} answers are in one of two evaluations alone, such as that to prompt "
            f"{odd[0][0]} ({odd[0][1]}); materialize process_evaluation and merged_evaluation again"
        )
    found: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for key in sorted(now):
        found[now[key]["split"], key[1]].append(Pair(was[key], now[key]))
    return dict(found)


def _by_key(table: pa.Table) -> dict[tuple[str, str], Row]:
    found: dict[tuple[str, str], Row] = {}
    for row in table.to_pylist():
        key = row["prompt_id"], row["mode"]
        if key in found:
            raise ContractError(
                f"prompt {key[0]} ({key[1]}) has two rows in one evaluation; materialize it again"
            )
        found[key] = row
    return found


def _row(measure: Measure, kind: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """A row of COMPARISON without its verdict."""
    known = [
        (was, now)
        for pair in pairs
        if (was := measure.counts(pair.before)) and (now := measure.counts(pair.after))
    ]
    before, after = [was for was, _ in known], [now for _, now in known]
    gained = sum(_rise(measure, was, now) > 0 for was, now in known)
    lost = sum(_rise(measure, was, now) < 0 for was, now in known)
    row: dict[str, Any] = {"measure": measure.name, "kind": kind, "n": len(known)}
    row |= {"gained": gained, "lost": lost, "p": exact(gained, lost)}
    if known:
        values = measure.value(before) or 0.0, measure.value(after) or 0.0
        low, high = difference(before, after, measure.scale)
        row |= {"before": values[0], "after": values[1], "difference": values[1] - values[0]}
        row |= {"low": low or 0.0, "high": high or 0.0}
    return {key: round(one, DIGITS) if isinstance(one, float) else one for key, one in row.items()}


def _rise(measure: Measure, was: Counts, now: Counts) -> float:
    return measure.better * (now[0] / now[1] - was[0] / was[1])


def _judge(rows: Sequence[dict[str, Any]]) -> None:
    """Put the adjusted p and the verdict of each row."""
    told = [row for row in rows if can_be_told(row["gained"] + row["lost"], LEVEL)]
    for row in rows:
        row |= {"p_adjusted": None, "verdict": "noise"}
    for row, p in zip(told, adjusted([row["p"] for row in told]), strict=True):
        row["p_adjusted"] = round(p, DIGITS)
        if p <= LEVEL:
            row["verdict"] = "better" if row["gained"] > row["lost"] else "worse"


def forgetting(before: pa.Table, after: pa.Table, split: str, mode: str) -> dict[str, Any]:
    """Of the answers that were right in all before, those that are not after; and kind by kind."""
    pairs = paired(before, after).get((split, mode), [])
    passed = [pair for pair in pairs if pair.before["exact"]]
    kinds = sorted({pair.after["kind"] for pair in passed})
    by_kind = {kind: _lost([p for p in passed if p.after["kind"] == kind]) for kind in kinds}
    return _lost(passed) | {"by_kind": by_kind}


def _lost(passed: Sequence[Pair]) -> dict[str, Any]:
    items = [(float(not pair.after["exact"]), 1.0) for pair in passed]
    low, high = interval(items)
    lost = int(sum(part for part, _ in items))
    share = lost / len(items) if items else None
    return {"passed": len(items), "lost": lost, "share": share, "low": low, "high": high}


def uplift(comparison: pa.Table, split: str, mode: str) -> dict[str, Mapping[str, Any]]:
    """Measure → its row over all kinds of one split and mode, without what names it."""
    names = {measure.name for measure in MEASURES}
    named = ("split", "mode", "measure", "kind")
    return {
        row["measure"]: {key: value for key, value in row.items() if key not in named}
        for row in comparison.to_pylist()
        if (row["split"], row["mode"], row["kind"]) == (split, mode, ALL)
        and row["measure"] in names
    }
