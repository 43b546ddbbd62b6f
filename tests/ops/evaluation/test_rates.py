"""Rates as a person reads them."""

from typing import Any

import pytest

from ops.evaluation.rates import package_answers, shown


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


def test_the_shipped_file_has_a_column_a_mode() -> None:
    free = {"n": 2, "json_validity": 0.5, "json_validity_low": 0.0, "json_validity_high": 1.0}
    table = package_answers({"free": free, "constrained": {"n": 2}})
    assert table["columns"] == ["free", "constrained"]
    assert table["rows"][0] == {"name": "json validity", "values": ["50.0% (0–100)", "–"]}
    assert table["rows"][-1] == {"name": "n", "values": ["2", "2"]}
    assert package_answers({}) == {}
