"""Rates and changes as a person reads them."""

from typing import Any

import pytest

from ops.report.quality import CHANGES, changes, forgotten, package_answers, quality, shown


def rates(name: str, value: float | None, low: float, high: float) -> dict[str, Any]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        pytest.param(rates("exact_match", 0.98765, 0.954, 1.0), "98.8% (95–100)", id="rate"),
        pytest.param(rates("exact_match", 0.0, 0.0, 0.02), "0.0% (0–2)", id="none_of_them"),
        pytest.param({"exact_match": 1.0}, "100.0%", id="without_bounds"),
        pytest.param({"exact_match": 300}, "300", id="count"),
        pytest.param(rates("exact_match", None, 0, 0), "–", id="unknown"),
        pytest.param({}, "–", id="not_there"),
    ],
)
def test_shown(figures: dict[str, Any], text: str) -> None:
    assert shown(figures, "exact_match") == text


def test_a_number_is_no_share() -> None:
    assert shown(rates("perplexity", 1.936, 1.8, 2.104), "perplexity") == "1.94 (1.8–2.1)"
    assert shown({"tokens": 31.25}, "tokens") == "31.2"


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


def test_the_shipped_file_has_a_column_a_mode() -> None:
    free = {"n": 2, "json_validity": 0.5, "json_validity_low": 0.0, "json_validity_high": 1.0}
    table = package_answers({"figures": {"answers": {"free": free, "constrained": {"n": 2}}}})
    assert table["columns"] == ["free", "constrained"]
    assert table["rows"][0] == {"name": "json validity", "values": ["50.0% (0–100)", "–"]}
    assert table["rows"][-1] == {"name": "n", "values": ["2", "2"]}
    assert package_answers({"figures": {"answers": {}}}) == {}
