"""Both evaluations side by side, and what the repair changed, as a person reads them."""

from typing import Any

from ops.report.quality import CHANGES, changes, forgotten, quality


def rates(name: str, value: float | None, low: float, high: float) -> dict[str, Any]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def test_quality_sets_before_and_after_side_by_side() -> None:
    before = {
        "heldout": {"free": {"json_validity": 0.5, "n": 40}, "constrained": {"n": 40}},
        "replayed": {"heldout": {"free": rates("hits", 0.25, 0.1, 0.4)}},
    }
    after = {"heldout": {"free": {"n": 40, "json_validity": 0.75}}}
    table = quality(before, after)
    assert table["columns"] == ["before, free", "before, constrained", "after, free"]
    rows = {row["name"]: row["values"] for row in table["rows"]}
    assert rows["json validity"] == ["50.0%", "–", "75.0%"]
    assert rows["n"] == ["40", "40", "40"]
    assert rows["recorded results reached"] == ["25.0% (10–40)", "–", "–"]


def test_changes_tell_points_and_verdicts() -> None:
    row = {
        "n": 40, "before": 0.5, "after": 0.625, "difference": 0.125, "low": -0.01, "high": 0.26,
        "gained": 9, "lost": 4, "p": 0.27, "p_adjusted": 0.9, "verdict": "noise",
    }  # fmt: skip
    told = changes({"uplift": {"tool_selection": row, "perplexity": row}})
    assert tuple(told["columns"]) == CHANGES
    assert told["rows"] == [
        ["tool selection", "50.0%", "62.5%", "+12.5 (-1.0 to +26.0)", "9", "4", "noise"],
        ["perplexity", "0.5", "0.625", "+0.12 (-0.01 to +0.26)", "9", "4", "noise"],
    ]


def test_where_nothing_was_right_nothing_is_forgotten() -> None:
    assert forgotten({"forgotten": {"passed": 0, "lost": 0, "share": None}}).startswith("No answer")
    assert changes({})["forgotten"].startswith("No answer")
