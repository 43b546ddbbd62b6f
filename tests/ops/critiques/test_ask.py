"""The question about a failure, and how replies are read."""

import json
from typing import Any

import pytest

from ops.critiques.ask import RESPONSE_FORMAT, Reply, question, read, reference

REPLY: dict[str, Any] = {
    "critique": "It called the wrong tool.",
    "calls": [{"name": "ping", "arguments": {"host": "é"}}],
    "answer": "",
}
TEXT = json.dumps(REPLY)
CALL = {"function": {"name": "ping", "arguments": '{"host": "\\u00e9"}'}}


PROMPT: dict[str, Any] = {
    "messages": json.dumps([{"role": "user", "content": "Ping {é}!"}]),
    "expected": '[{"name": "ping", "arguments": {"host": ["CANARY"]}}]',
    "carries": '["CANARY"]',
}
FAILURE: dict[str, Any] = {
    "category": "wrong_argument_value",
    "expected": "host: one of CANARY",
    "found": "é",
    "output": "ping é",
}


def test_the_question_is_the_conversation_the_bad_answer_and_the_category() -> None:
    asked = question(PROMPT, FAILURE)
    assert asked[:1] == json.loads(PROMPT["messages"])
    assert asked[1] == {"role": "assistant", "content": "ping é"}
    assert asked[2]["role"] == "user"
    for told in ("category wrong_argument_value: an argument is of the right type", "in JSON"):
        assert told in asked[2]["content"]


def test_what_is_right_is_shown_only_where_that_is_set() -> None:
    """Neither the expected calls nor the judge's evidence, which names them, is in the question."""
    assert "CANARY" not in json.dumps(question(PROMPT, FAILURE))
    shown = question(PROMPT, FAILURE, show_reference=True)[-1]["content"]
    assert 'Right is: words that tell ["CANARY"], and the calls [{"name": "ping"' in shown


@pytest.mark.parametrize(
    ("expected", "carries", "told"),
    [
        pytest.param("[]", None, "no call", id="no_call"),
        pytest.param(None, None, None, id="not_known"),
        pytest.param(None, '["4 °C"]', 'words that tell ["4 °C"]', id="a_result"),
    ],
)
def test_what_is_known_to_be_right(
    expected: str | None, carries: str | None, told: str | None
) -> None:
    prompt = {**PROMPT, "expected": expected, "carries": carries}
    assert reference(prompt) == told
    asked = question(prompt, FAILURE, show_reference=True)[-1]["content"]
    assert ("Right is:" in asked) == (told is not None)


def test_an_empty_answer_is_shown_as_nothing() -> None:
    failure = FAILURE | {"category": "empty", "output": ""}
    assert question(PROMPT, failure)[1]["content"] == "(nothing)"


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
