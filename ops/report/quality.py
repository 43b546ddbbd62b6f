"""Figures of the two evaluations → the tables that people read: rates, and what the repair changed.

A rate stands with its 95 % interval in brackets, a change with the interval of the difference.
"""

from typing import Any

from ops.evaluation.rates import NUMBERS, Rates, shown

SHARES = (
    "json_validity", "in_grammar", "tool_selection", "argument_accuracy", "exact_match",
    "needless_calls", "missing_calls", "integration_f1", "truncation",
)  # fmt: skip
REPLAYED = {"hits": "recorded results reached", "carried": "and then carried"}
CHANGES = ("measure", "before", "after", "difference", "better", "worse", "verdict")


def quality(before: Rates, after: Rates) -> dict[str, Any]:
    """The table of rates on held-out prompts, modes before and after the repair side by side.

    Takes the figures of process_evaluation and merged_evaluation.
    """
    columns = [
        (f"{phase}, {mode}", figures["heldout"][mode], _replayed(figures, mode))
        for phase, figures in (("before", before), ("after", after))
        for mode in ("free", "constrained")
        if mode in figures["heldout"]
    ]
    rows = [
        {"name": name.replace("_", " "), "values": [shown(rates, name) for _, rates, _ in columns]}
        for name in (*SHARES, *NUMBERS, "n")
    ]
    rows += [
        {"name": title, "values": [shown(talks, name) for _, _, talks in columns]}
        for name, title in REPLAYED.items()
    ]
    return {"columns": [name for name, _, _ in columns], "rows": rows}


def _replayed(figures: Rates, mode: str) -> Rates:
    found: Rates = figures.get("replayed", {}).get("heldout", {}).get(mode, {})
    return found


def changes(after: Rates) -> dict[str, Any]:
    """The table of what is better, worse or noise, and a sentence on what was forgotten.

    Takes the figures of merged_evaluation; the prompts are those whose measure is known in both.
    """
    rows = [_change(name, row) for name, row in after.get("uplift", {}).items()]
    return {"columns": list(CHANGES), "rows": rows, "forgotten": forgotten(after)}


def _change(name: str, row: Rates) -> list[str]:
    if name in NUMBERS:
        told = [f"{row['before']:.3g}", f"{row['after']:.3g}"]
        told += [f"{row['difference']:+.2g} ({row['low']:+.2g} to {row['high']:+.2g})"]
    else:
        told = [f"{row['before']:.1%}", f"{row['after']:.1%}"]
        points = [100 * row[key] for key in ("difference", "low", "high")]
        told += [f"{points[0]:+.1f} ({points[1]:+.1f} to {points[2]:+.1f})"]
    return [name.replace("_", " "), *told, str(row["gained"]), str(row["lost"]), row["verdict"]]


def forgotten(after: Rates) -> str:
    """How much of what was right before is not any more, in a sentence.

    >>> forgotten({"forgotten": {"passed": 8, "lost": 2, "share": 0.25, "low": 0.0, "high": 0.6}})
    'Of 8 answers that were right before the repair 2 are not after it: 25.0% (0–60).'
    """
    held = after.get("forgotten", {})
    if not held.get("passed"):
        return "No answer was right in all before the repair, so none could be forgotten."
    rates = {"share": held["share"], "share_low": held["low"], "share_high": held["high"]}
    return (
        f"Of {held['passed']} answers that were right before the repair {held['lost']} are not "
        f"after it: {shown(rates, 'share')}."
    )
