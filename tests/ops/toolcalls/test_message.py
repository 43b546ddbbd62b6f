"""The ways in which servers write a call into a message."""

import json
from typing import Any

import pytest

from ops.toolcalls.message import read_message

OFFERED = {"add"}


def calling(*functions: Any, content: Any = None) -> dict[str, Any]:
    calls = [
        {"id": f"c{i}", "type": "function", "function": one} for i, one in enumerate(functions)
    ]
    return {"role": "assistant", "content": content, "tool_calls": calls}


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        pytest.param('{"a": 1}', {"a": 1}, id="text"),
        pytest.param({"a": 1}, {"a": 1}, id="object"),
        pytest.param("", {}, id="empty_text"),
        pytest.param("{}", {}, id="empty_object"),
        pytest.param(None, {}, id="null"),
        pytest.param(json.dumps('{"a": 1}'), {"a": 1}, id="encoded_twice"),
        pytest.param("[1]", None, id="a_list"),
        pytest.param('"words"', None, id="words"),
    ],
)
def test_reads_arguments(arguments: Any, read: Any) -> None:
    (call,) = read_message(calling({"name": "add", "arguments": arguments}), OFFERED).calls
    assert (call.name, call.arguments, call.dialect) == ("add", read, "openai")
    assert (call.call, call.name_at, call.arguments_at) == (None, None, None)


@pytest.mark.parametrize(
    ("function", "broken"),
    [
        pytest.param({"name": "add", "arguments": '{"a": '}, "truncated", id="cut_off"),
        pytest.param({"name": "add", "arguments": '{"a": "x'}, "truncated", id="cut_off_in_string"),
        pytest.param({"name": "add", "arguments": "{'a': 1}"}, "json", id="python"),
        pytest.param({"name": "add", "arguments": {"a": float("nan")}}, "json", id="nan_in_object"),
        pytest.param({"name": "", "arguments": "{}"}, "shape", id="no_name"),
        pytest.param(None, "shape", id="no_function"),
    ],
)
def test_says_what_is_broken(function: Any, broken: str) -> None:
    reading = read_message(calling(function), OFFERED)
    assert (reading.calls, reading.broken) == ((), broken)


def test_reads_parallel_calls_and_the_words_beside_them() -> None:
    one, two = ({"name": "add", "arguments": f'{{"a": {i}}}'} for i in (1, 2))
    reading = read_message(calling(one, two, content="I add."), OFFERED)
    assert [call.arguments for call in reading.calls] == [{"a": 1}, {"a": 2}]
    assert reading.prose == "I add."


def test_reads_the_legacy_function_call() -> None:
    message = {"content": None, "function_call": {"name": "add", "arguments": '{"a": 1}'}}
    assert read_message(message, OFFERED).calls[0].arguments == {"a": 1}


def test_reads_the_content_where_no_call_is_listed() -> None:
    content = '```json\n{"name": "add", "arguments": {"a": 1}}\n```'
    reading = read_message({"content": content, "tool_calls": []}, OFFERED)
    assert [call.dialect for call in reading.calls] == ["fenced"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        pytest.param({"content": " hello "}, "hello", id="words"),
        pytest.param({"content": None, "refusal": "I cannot."}, "I cannot.", id="refusal"),
        pytest.param({"content": None}, "", id="nothing"),
        pytest.param({"content": [{"type": "text"}]}, "", id="content_blocks"),
    ],
)
def test_words(message: dict[str, Any], words: str) -> None:
    reading = read_message(message, OFFERED)
    assert (reading.calls, reading.broken, reading.prose) == ((), None, words)
