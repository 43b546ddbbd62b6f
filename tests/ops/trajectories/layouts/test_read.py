"""The same exchange in every layout is the same trajectory, and what is none has a reason."""

import copy
import json
from typing import Any

import pytest

from ops.prompts.layouts.prompt import BadRow
from ops.spans.example import Answer
from ops.trajectories.boundary import Boundary
from ops.trajectories.layouts.read import read
from ops.trajectories.trajectory import Trajectory

from .rows import ASKED, CALL, RESULT, ROWS, SAID, THOUGHT, TOOL

LAYOUTS = [pytest.param(row, id=name) for name, row in ROWS.items()]


def trajectory(row: dict[str, Any], boundary: Boundary) -> Trajectory:
    found = read(copy.deepcopy(row), boundary)
    assert isinstance(found, Trajectory)
    return found


@pytest.mark.parametrize("name", ROWS)
def test_each_layout_is_told_by_its_content(name: str, forbids: Boundary) -> None:
    assert trajectory(ROWS[name], forbids).layout == name


@pytest.mark.parametrize("row", LAYOUTS)
def test_every_layout_gives_the_same_messages_and_answers(
    row: dict[str, Any], forbids: Boundary
) -> None:
    found = trajectory(row, forbids)
    user, called, told = found.messages
    assert (user["role"], user["content"]) == ("user", ASKED)
    assert called["tool_calls"][0]["function"] == {
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
    }
    assert (told["role"], told["content"]) == ("tool", RESULT)
    assert told["tool_call_id"] == called["tool_calls"][0]["id"] == "call00001"
    assert [tool["function"]["name"] for tool in found.tools] == ["weather"]
    assert list(found.answers) == [1, 3]
    (call,) = found.answers[1].calls
    assert (call.name, call.arguments, found.answers[1].words) == ("weather", {"city": "Oslo"}, "")
    assert found.answers[3] == Answer(SAID)
    assert found.said == 2


@pytest.mark.parametrize("row", LAYOUTS)
def test_a_thought_is_kept_where_it_is_licensed(row: dict[str, Any], keeps: Boundary) -> None:
    answers = trajectory(row, keeps).answers
    assert [answer.thought for answer in answers.values()] == [THOUGHT, ""]


@pytest.mark.parametrize("row", LAYOUTS)
def test_a_thought_is_nowhere_where_it_is_forbidden(row: dict[str, Any], forbids: Boundary) -> None:
    found = trajectory(row, forbids)
    assert THOUGHT not in str(found)
    assert "think" not in str(found)


@pytest.mark.parametrize("row", LAYOUTS)
def test_a_row_with_a_thought_is_refused_where_that_is_asked_for(
    row: dict[str, Any], rejects: Boundary
) -> None:
    with pytest.raises(BadRow) as refused:
        read(copy.deepcopy(row), rejects)
    assert refused.value.reason == "reasoning"
    assert THOUGHT not in refused.value.detail


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"foo": 1}, "unknown_layout", id="unknown"),
        pytest.param({"messages": []}, "no_messages", id="no_messages"),
        pytest.param({"messages": [3]}, "no_messages", id="no_objects"),
        pytest.param({"messages": [{"role": "user", "content": "a"}]}, "no_messages", id="asks"),
        pytest.param({"messages": "nor a list"}, "no_messages", id="text"),
        pytest.param({"conversations": [{"from": "x", "value": "a"}]}, "bad_messages", id="role"),
        pytest.param({"prompt": "a", "steps": []}, "no_messages", id="no_steps"),
        pytest.param({"steps": [{"type": "thought", "content": "a"}]}, "no_messages", id="unasked"),
        pytest.param({"prompt": "a", "steps": [{"type": "x"}]}, "bad_messages", id="kind"),
        pytest.param({"prompt": "a", "steps": ["x"]}, "bad_messages", id="no_step"),
        pytest.param({"prompt": "a", "text": "Only words."}, "unknown_layout", id="no_label"),
        pytest.param({"prompt": "a", "text": "Action Input: x"}, "bad_calls", id="input_alone"),
        pytest.param({"prompt": "a", "text": "Action: run it"}, "bad_calls", id="no_call"),
        pytest.param({"prompt": "a", "text": "Thought: b"}, "no_answer", id="thought_alone"),
        pytest.param({"prompt": 1, "teacher_text": "b"}, "no_messages", id="published"),
    ],
)
def test_what_is_no_trajectory_has_a_reason(
    row: dict[str, Any], reason: str, forbids: Boundary
) -> None:
    with pytest.raises(BadRow) as refused:
        read(row, forbids)
    assert refused.value.reason == reason


def test_a_call_that_does_not_fit_its_tool_is_context(forbids: Boundary) -> None:
    row = copy.deepcopy(ROWS["chat"])
    row["messages"][1]["tool_calls"][0]["function"]["arguments"] = '{"town": "Oslo"}'
    found = trajectory(row, forbids)
    assert (list(found.answers), found.said) == ([3], 2)
    assert found.messages[1]["tool_calls"][0]["function"]["arguments"] == '{"town": "Oslo"}'


def test_arguments_stand_in_the_order_of_the_schema(forbids: Boundary) -> None:
    row = copy.deepcopy(ROWS["chat"])
    row["tools"][0]["function"]["parameters"]["properties"] = {"days": {}, "city": {}}
    arguments = '{"city": "Oslo", "days": 1}'
    row["messages"][1]["tool_calls"][0]["function"]["arguments"] = arguments
    (call,) = trajectory(row, forbids).answers[1].calls
    assert list(call.arguments or ()) == ["days", "city"]


def test_tools_that_no_row_offers_are_those_that_it_calls(forbids: Boundary) -> None:
    row = copy.deepcopy(ROWS["chat"])
    del row["tools"]
    (tool,) = trajectory(row, forbids).tools
    assert tool["function"]["name"] == TOOL["function"]["name"]
    assert tool["function"]["parameters"]["properties"] == {"city": {}}


def test_a_call_inside_a_thought_is_none(keeps: Boundary) -> None:
    inside = '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>'
    said = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": f"{inside}</think>b"},
    ]
    answer = trajectory({"messages": said, "tools": [TOOL]}, keeps).answers[1]
    assert (answer.words, answer.calls, answer.thought) == ("b", (), inside)


def test_calls_in_the_words_of_a_message_are_calls(forbids: Boundary) -> None:
    called = 'Sure. <tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}</tool_call>'
    said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": called}]
    answer = trajectory({"messages": said, "tools": [TOOL]}, forbids).answers[1]
    assert (answer.words, [call.name for call in answer.calls]) == ("Sure.", ["weather"])


PUBLISHED = {
    "prompt": "Oslo?",
    "teacher_text": f"I look. <tool_call>{json.dumps(CALL)}</tool_call>",
    "teacher_reasoning": "Hm.",
    "tool_name_ids": [9, 9],
    "tool_name_mask": [1, 1],
    "gold_json_text_ids": [9],
    "mask_valid_json_tokens": [1],
    "tool_result_fields": [],
    "integration_mask": [],
    "metadata": {"temperature": 1.0},
}


def test_a_published_row_is_read_by_its_text(
    forbids: Boundary, keeps: Boundary, rejects: Boundary
) -> None:
    found = trajectory(PUBLISHED, forbids)
    assert (found.layout, found.prompt) == ("kd_mix", [{"role": "user", "content": "Oslo?"}])
    answer = found.answers[1]
    assert (answer.words, answer.thought) == ("I look.", "")
    assert [(call.name, call.arguments) for call in answer.calls] == [("weather", {"city": "Oslo"})]
    assert trajectory(PUBLISHED, keeps).answers[1].thought == "Hm."
    with pytest.raises(BadRow, match="reasoning"):
        read(PUBLISHED, rejects)
