"""Answers as text, and the tool results that a prompt ends with."""

from typing import Any

import pytest

from ops.student.render import render_answer, tool_results
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls

PING = ToolCall("ping", {"host": "a"}, "", "openai")


@pytest.mark.parametrize(
    ("content", "calls", "expected"),
    [
        pytest.param(" Hello. ", [], "Hello.<|im_end|>", id="words"),
        pytest.param(
            "",
            [PING],
            '<tool_call>\n{"name": "ping", "arguments": {"host": "a"}}\n</tool_call><|im_end|>',
            id="call",
        ),
    ],
)
def test_answer(content: str, calls: list[ToolCall], expected: str) -> None:
    assert render_answer(content, calls) == expected


def test_what_is_written_is_read_back() -> None:
    reading = read_calls(render_answer("Wait.", [PING, PING]).removesuffix("<|im_end|>"), {"ping"})
    assert [(call.name, call.arguments) for call in reading.calls] == [("ping", {"host": "a"})] * 2
    assert (reading.prose, reading.broken) == ("Wait.", None)


def say(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([say("user", "?")], [], id="none"),
        pytest.param(
            [say("user", "?"), say("assistant", None), say("tool", "1"), say("tool", "2")],
            ["1", "2"],
            id="in_order",
        ),
        pytest.param(
            [say("user", "?"), say("tool", "old"), say("user", "and?"), say("tool", "new")],
            ["new"],
            id="since_the_last_question",
        ),
        pytest.param([say("user", "?"), say("tool", None)], [""], id="no_content"),
    ],
)
def test_tool_results(messages: list[dict[str, Any]], expected: list[str]) -> None:
    assert tool_results(messages) == expected
