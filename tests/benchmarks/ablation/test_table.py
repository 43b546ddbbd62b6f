"""Worked tables: rates, differences seed by seed, and the sentences about them."""

from typing import Any

from benchmarks.ablation.table import report, sentence, values, worth
from benchmarks.ablation.variants import TERMS
from benchmarks.spread import Spread


def line(variant: str, seed: int, validity: float, exact: float | None) -> dict[str, Any]:
    rates = {
        "n": 100, "json_validity": validity, "tool_selection": 0.5,
        "argument_accuracy": 0.25, "exact_match": exact,
    }  # fmt: skip
    made = {"variant": variant, "seed": seed, "steps": 12, "seconds": 30.0}
    return {**made, "free": rates, "constrained": {**rates, "json_validity": 1.0}}


LINES = [
    line("profile", 8, 0.82, None), line("profile", 7, 0.80, None),
    line("no_grammar_mass", 7, 0.70, 0.1), line("no_grammar_mass", 8, 0.72, 0.1),
]  # fmt: skip


def test_values_are_in_the_order_of_the_seeds_whatever_the_order_of_the_lines() -> None:
    assert values(LINES, "profile", "free", "json_validity") == [80.0, 82.0]
    assert values(LINES, "profile", "free", "exact_match") == [None, None]


def test_a_term_is_worth_the_differences_seed_by_seed() -> None:
    found = worth(LINES, TERMS[2], "free", "json_validity")
    assert found is not None
    assert [round(one, 6) for one in found.values] == [10.0, 10.0]
    assert worth(LINES, TERMS[2], "free", "exact_match") is None
    assert worth(LINES, TERMS[0], "free", "json_validity") is None


def test_the_page_has_rates_differences_and_a_sentence() -> None:
    page = report(LINES, {"prompts": 4000}, "python -m benchmarks.ablation --work w")
    assert "This page is written by `python -m benchmarks.ablation --work w > RESULTS.md`." in page
    assert "| kd, then process: the profile | 12 | 81.0 (80.0 to 82.0) |" in page
    assert (
        "| Grammar mass in process supervision | +10.0 (+10.0 to +10.0) | +0.0 (+0.0 to +0.0) noise"
    ) in page
    assert (
        "- Grammar mass in process supervision: helps JSON validity (+10.0 points); within noise "
        "on tool selection, argument accuracy."
    ) in page
    assert "Seeds 7, 8; 100 held-out prompts, the same for all; prompts 4000." in page


def test_harm_is_said_as_help_is() -> None:
    found = {"exact": Spread((-1.0, -1.2, -1.1)), "JSON validity": Spread((1.0, 1.2, 1.1))}
    assert sentence(found) == "helps JSON validity (+1.1 points); harms exact (-1.1 points)"
