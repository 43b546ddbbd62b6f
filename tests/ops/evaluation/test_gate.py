"""What ships, and what does not."""

import pytest

from ops.evaluation.config import GateConfig
from ops.evaluation.gate import judge

GATE = GateConfig(json_validity=0.98, tool_selection=0.9)
GOOD = {"json_validity": 0.98, "tool_selection": 0.9, "exact_match": 0.5}
BEFORE = {"exact_match": 0.5}


@pytest.mark.parametrize(
    ("after", "before", "passed"),
    [
        pytest.param(GOOD, BEFORE, True, id="just"),
        pytest.param(GOOD | {"json_validity": 0.9799}, BEFORE, False, id="json"),
        pytest.param(GOOD | {"tool_selection": 0.8999}, BEFORE, False, id="selection"),
        pytest.param(GOOD | {"exact_match": 0.49}, BEFORE, False, id="worse_than_before"),
        pytest.param(GOOD, {"exact_match": None}, True, id="unknown_before"),
        pytest.param(GOOD | {"json_validity": None}, BEFORE, False, id="unknown_never_passes"),
        pytest.param({}, {}, False, id="nothing"),
    ],
)
def test_judge(after: dict[str, float], before: dict[str, float], passed: bool) -> None:
    assert judge(after, before, GATE).passed is passed


def test_the_sentence_names_every_comparison() -> None:
    told = judge(GOOD | {"tool_selection": None}, BEFORE, GATE).sentence()
    assert told == (
        "gate failed: json_validity 98.0% (wanted 98.0%), "
        "tool_selection unknown (wanted 90.0%), exact_match 50.0% (wanted 50.0%)"
    )
