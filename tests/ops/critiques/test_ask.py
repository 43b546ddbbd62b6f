"""The question about a failure, and how replies are read."""

import json
from typing import Any

import pytest

from ops.critiques.ask import RESPONSE_FORMAT, Reply, question, read

REPLY: dict[str, Any] = {
    "critique": "It called the wrong tool.",
    "calls": [{"name": "ping", "arguments": {"host": "é"}}],
    "answer": "",
}
TEXT = json.dumps(REPLY)
CALL = {"function": {"name": "ping", "arguments": '{"host": "\\u00e9"}'}}


def test_the_question_is_the_conversation_the_bad_answer_and_what_was_wrong() -> None:
    messages = [{"role": "user", "content": "Ping {é}!"}]
    failure = {"category": "wrong_tool", "expected": "ping {a}", "found": "pong", "output": "pong"}
    asked = question({"messages": json.dumps(messages)}, failure)
    assert asked[:1] == messages
    assert asked[1] == {"role": "assistant", "content": "pong"}
    assert asked[2]["role"] == "user"
    for told in ("wrong_tool", "expected ping {a}", "found pong", "in JSON"):
        assert told in asked[2]["content"]


def test_an_empty_answer_is_shown_as_nothing() -> None:
    failure = {"category": "empty", "expected": "words", "found": "", "output": ""}
    assert question({"messages": "[]"}, failure)[0]["content"] == "(nothing)"


def test_the_format_asks_for_what_is_read() -> None:
    schema = RESPONSE_FORMAT["json_schema"]["schema"]  # type: ignore[index]
    assert set(schema["required"]) == set(schema["properties"]) == set(REPLY)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEXT, id="bare"),
        pytest.param(f"```json\n{json.dumps(REPLY, indent=2)}\n```", id="fenced"),
        pytest.param(f"Here you are: {TEXT}\nGood luck!", id="in_words"),
    ],
)
def test_a_reply_is_read_wherever_it_stands(content: str) -> None:
    message = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert read(content) == Reply("It called the wrong tool.", message)


def test_words_instead_of_calls() -> None:
    reply = read(json.dumps({"critique": "c", "calls": [], "answer": "No tool fits."}))
    assert reply is not None
    assert reply.message == {"role": "assistant", "content": "No tool fits.", "tool_calls": []}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("I cannot help.", id="words"),
        pytest.param(TEXT[:-2], id="cut"),
        pytest.param("} {", id="brackets"),
        pytest.param("[1, 2]", id="list"),
        pytest.param("{" * 100_000, id="nested_too_deep"),
        pytest.param('{"critique": "c", "calls": null, "answer": ""}', id="calls_null"),
        pytest.param('{"critique": "c", "calls": ["ping"], "answer": ""}', id="calls_words"),
        pytest.param('{"critique": "c", "calls": [{"name": "a"}]}', id="no_arguments"),
        pytest.param('{"calls": [], "answer": "x"}', id="no_critique"),
    ],
)
def test_anything_else_is_none(content: str) -> None:
    assert read(content) is None
