"""Steps: what each is it says itself, and an action is a call however it is written."""

import json
from typing import Any

import pytest

from ops.prompts.layouts.prompt import BadRow
from ops.trajectories.boundary import Boundary
from ops.trajectories.layouts import react, steps
from ops.trajectories.trajectory import Trajectory


def acted(step: dict[str, Any], boundary: Boundary) -> Trajectory:
    return steps.read({"prompt": "a", "steps": [{"type": "action"} | step]}, boundary)


CODE = 'for x in y:\n    print("]")\n'
TAGGED = '<tool_call>{"name": "f", "arguments": {"q": 1}}</tool_call>'
ONE = {"q": 1}
ACTIONS = [
    pytest.param({"content": 'f(q="x", n=2)'}, {"q": "x", "n": 2}, id="pythonic"),
    pytest.param({"content": "f[x y]"}, {"input": "x y"}, id="brackets"),
    pytest.param({"content": "f(print(1 + 1))"}, {"input": "print(1 + 1)"}, id="code"),
    pytest.param({"content": f"f({CODE})"}, {"input": CODE}, id="code_of_several_lines"),
    pytest.param({"content": 'Action: f\nAction Input: {"q": 1}'}, ONE, id="lines"),
    pytest.param({"content": "Action: f\nAction Input: x y"}, {"input": "x y"}, id="lines_of_text"),
    pytest.param({"content": TAGGED}, ONE, id="hermes"),
    pytest.param({"content": {"name": "f", "arguments": ONE}}, ONE, id="object"),
    pytest.param({"content": "f", "metadata": {"tool": "f", "args": ONE}}, ONE, id="metadata"),
    pytest.param({"tool_name": "f", "tool_input": '{"q": 1}'}, ONE, id="fields"),
    pytest.param({"action": "f", "action_input": ONE}, ONE, id="langchain"),
]


@pytest.mark.parametrize(("step", "arguments"), ACTIONS)
def test_an_action_is_a_call(
    step: dict[str, Any], arguments: dict[str, Any], forbids: Boundary
) -> None:
    (call,) = acted(step, forbids).answers[1].calls
    assert (call.name, call.arguments) == ("f", arguments)


@pytest.mark.parametrize(
    "text", ["finish(42)", 'Finish["42"]', 'Action: finish\nAction Input: {"answer": "42"}']
)
def test_an_action_that_says_the_answer_is_the_answer(text: str, forbids: Boundary) -> None:
    answer = acted({"content": text}, forbids).answers[1]
    assert (answer.words, answer.calls) == ("42", ())


@pytest.mark.parametrize("text", ["just words", "f(x", "", "2 + 2"])
def test_an_action_that_is_no_call_is_refused(text: str, forbids: Boundary) -> None:
    with pytest.raises(BadRow) as refused:
        acted({"content": text}, forbids)
    assert refused.value.reason == "bad_calls"


def test_a_step_is_what_it_says_and_not_what_its_words_say(keeps: Boundary) -> None:
    row = {
        "prompt": "a",
        "steps": [
            {"step_type": "thought", "content": "Action: f[x]\nObservation: y"},
            {"step_type": "answer", "content": "Thought: is free."},
        ],
    }
    answer = steps.read(row, keeps).answers[1]
    assert (answer.thought, answer.calls) == ("Action: f[x]\nObservation: y", ())
    assert answer.words == "Thought: is free."


def test_a_trajectory_that_failed_is_not_learnt(forbids: Boundary) -> None:
    row = {"prompt": "a", "success": False, "steps": [{"type": "answer", "content": "b"}]}
    with pytest.raises(BadRow) as refused:
        steps.read(row, forbids)
    assert refused.value.reason == "failed"


def test_several_calls_and_turns_of_react_text(forbids: Boundary) -> None:
    text = (
        "Thought 1: a\nAction 1: f[x]\nObservation 1: one\ntwo: three\n"
        "Thought 2: b\nAction 2: g[y]\nObservation 2: four\nThought 3: c\nAction 3: Finish[five]"
    )
    found = react.read({"question": "q", "trajectory": text}, forbids)
    assert [one["content"] for one in found.messages if one["role"] == "tool"] == [
        "one\ntwo: three", "four",
    ]  # fmt: skip
    assert [[call.name for call in one.calls] for one in found.answers.values()] == [
        ["f"],
        ["g"],
        [],
    ]
    assert found.answers[5].words == "five"
    assert {tool["function"]["name"] for tool in found.tools} == {"f", "g"}


def test_a_label_inside_a_block_of_thought_begins_no_step(keeps: Boundary) -> None:
    text = "<think>Thought: no.\nAction: f[x]</think>\nFinal Answer: b"
    answer = react.read({"prompt": "a", "text": text}, keeps).answers[1]
    assert (answer.words, answer.calls) == ("b", ())
    assert answer.thought == "Thought: no.\nAction: f[x]"


LONG = ["Action: f[" * 20_000, "Thought:" * 50_000, "f(" * 50_000, " " * 100_000]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", LONG, ids=["actions", "thoughts", "brackets", "blanks"])
def test_long_texts_take_time_in_their_length(text: str, forbids: Boundary) -> None:
    action = {"type": "action", "content": text}
    for row in ({"prompt": "a", "text": text}, {"prompt": "a", "steps": [action]}):
        try:
            (react if "text" in row else steps).read(row, forbids)
        except BadRow as error:
            assert len(json.dumps(error.detail)) < 2000
