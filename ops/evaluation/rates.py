"""Rates of an evaluation as people read them. Not here: how they are counted (summary.py)."""

from collections.abc import Mapping
from typing import Any

Rates = Mapping[str, Any]

NUMBERS = ("perplexity", "tokens")  # all others are shares
SHIPPED = ("json_validity", "in_grammar", "tool_selection", "exact_match", "truncation", "n")


def package_answers(modes: Rates) -> dict[str, Any]:
    """The table of what a saved package answered, a column a mode; {} if it was asked nothing."""
    names = [mode for mode in ("free", "constrained") if mode in modes]
    rows = [
        {"name": name.replace("_", " "), "values": [shown(modes[mode], name) for mode in names]}
        for name in SHIPPED
    ]
    return {"columns": names, "rows": rows} if names else {}


def shown(rates: Rates, name: str) -> str:
    """A rate as per cent with its bounds, a number likewise, a count as it is, a dash for unknown.

    >>> shown({"truncation": 0.5, "truncation_low": 0.42, "truncation_high": 0.58}, "truncation")
    '50.0% (42–58)'
    """
    value = rates.get(name)
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    low, high = rates.get(f"{name}_low"), rates.get(f"{name}_high")
    told = f"{value:.3g}" if name in NUMBERS else f"{value:.1%}"
    if low is None or high is None:
        return told
    if name in NUMBERS:
        return f"{told} ({low:.3g}–{high:.3g})"
    return f"{told} ({100 * low:.0f}–{100 * high:.0f})"
