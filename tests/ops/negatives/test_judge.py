"""A claim about an answer holds only if the scorer and the validator say the same."""

import pytest

from ops.negatives.judge import CATEGORY, Claim, objection
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall

from .conftest import TOOLS

EXPECTED = [{"name": "set_timer", "arguments": {"minutes": [5], "label": ["", "tea"]}}]


def against(kind: str, name: str, arguments: object, other: str = "", argument: str = "") -> str:
    made = [ToolCall(name, arguments, "", "openai")]  # type: ignore[arg-type]
    claim = Claim(kind, other or name, argument)
    return objection(claim, render_answer("", made), TOOLS, EXPECTED, None)


def test_a_right_answer_is_no_negative_of_any_kind() -> None:
    for kind in CATEGORY:
        assert against(kind, "set_timer", {"minutes": 5}) == "the answer is right"


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "argument", "said"),
    [
        ("wrong_tool", "set_alarm", {"time": "5"}, "", ""),
        ("wrong_tool", "set_alarms", {"time": "5"}, "", "the scorer says invented_tool"),
        ("missing_argument", "set_timer", {}, "minutes", ""),
        ("missing_argument", "set_timer", {}, "label",
         "the validator finds missing_argument minutes"),
        ("extra_argument", "set_timer", {"minutes": 5, "x": 1}, "x", ""),
        ("extra_argument", "set_timer", {"minutes": 5, "x": 1, "y": 1}, "x",
         "the validator finds unexpected_argument x, unexpected_argument y"),
        ("wrong_type", "set_timer", {"minutes": "5"}, "minutes", ""),
        ("wrong_type", "set_timer", {"minutes": 6}, "minutes",
         "the scorer says wrong_argument_value"),
        ("invented_tool", "set_timers", {"minutes": 5}, "", ""),
    ],
)  # fmt: skip
def test_the_reason_is_the_kinds_own(
    kind: str, name: str, arguments: object, argument: str, said: str
) -> None:
    assert against(kind, name, arguments, argument=argument) == said


def test_the_tool_is_the_one_that_is_named() -> None:
    said = against("wrong_tool", "set_alarm", {"time": "5"}, other="music.play")
    assert said == "the scorer names set_alarm"
