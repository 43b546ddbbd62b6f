"""What ships, and what does not."""

from typing import Any

import pytest

from ops.evaluation.config import GateConfig
from ops.evaluation.gate import judge

GATE = GateConfig(json_validity=0.98, tool_selection=0.9)
GOOD = {"json_validity": 0.98, "tool_selection": 0.9}


def row(**changed: Any) -> dict[str, Any]:
    worse = {
        "split": "heldout", "mode": "free", "measure": "needless_calls", "kind": "no_tool",
        "before": 0.1, "after": 0.4, "gained": 1, "lost": 13, "p_adjusted": 0.0123,
        "verdict": "worse",
    }  # fmt: skip
    return worse | changed


@pytest.mark.parametrize(
    ("after", "comparison", "passed"),
    [
        pytest.param(GOOD, [], True, id="just"),
        pytest.param(GOOD | {"json_validity": 0.9799}, [], False, id="json"),
        pytest.param(GOOD | {"tool_selection": 0.8999}, [], False, id="selection"),
        pytest.param(GOOD | {"json_validity": None}, [], False, id="unknown_never_passes"),
        pytest.param({}, [], False, id="nothing"),
        pytest.param(GOOD, [row()], False, id="worse_in_one_kind"),
        pytest.param(GOOD, [row(verdict="noise"), row(verdict="better")], True, id="noise"),
        pytest.param(GOOD, [row(split="repair"), row(mode="constrained")], True, id="elsewhere"),
        pytest.param(GOOD, [row(measure="perplexity")], True, id="not_looked_at"),
        pytest.param(GOOD, [row(measure="wrong_argument_value")], True, id="a_category"),
    ],
)
def test_judge(after: dict[str, Any], comparison: list[dict[str, Any]], passed: bool) -> None:
    assert judge(after, comparison, GATE).passed is passed


def test_the_sentence_names_what_fails() -> None:
    told = judge(GOOD | {"tool_selection": None}, [row()], GATE).sentence()
    assert told == (
        "gate failed: tool_selection unknown (wanted 90.0%), worse than before: needless_calls of "
        "no_tool 10.0% to 40.0% (13 lost, 1 gained, p 0.012)"
    )


def test_the_sentence_of_a_pass_tells_all_that_holds() -> None:
    assert judge(GOOD, [row(verdict="noise")], GATE).sentence() == (
        "gate passed: json_validity 98.0% (wanted 98.0%), tool_selection 90.0% (wanted 90.0%), "
        "nothing worse than before"
    )


def test_a_long_list_of_what_is_worse_is_cut() -> None:
    told = judge(GOOD, [row(kind=kind) for kind in "abcde"], GATE).sentence()
    assert told.count("needless_calls") == 3
    assert told.endswith(" and 2 more")
