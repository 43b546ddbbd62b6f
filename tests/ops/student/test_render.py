"""Answers as text."""

import pytest

from ops.student.render import render_answer
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
