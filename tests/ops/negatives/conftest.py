"""Right answers as they come out of process_spans, one at a time."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ops.negatives.example import Example, read_example
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall


def tool(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TEXT, WHOLE = {"type": "string"}, {"type": "integer", "minimum": 1}
SET_TIMER = tool("set_timer", ["minutes"], minutes=WHOLE, label=TEXT)
SET_ALARM = tool("set_alarm", ["time"], time=TEXT, loud={"type": "boolean"})
PLAY = tool("music.play", ["song"], song=TEXT)
TOOLS = [PLAY, SET_ALARM, SET_TIMER]
Read = Callable[..., Example | str]


def prompt_of(**fields: Any) -> dict[str, Any]:
    row = {
        "prompt_id": "p1",
        "split": "train",
        "kind": "choice",
        "messages": json.dumps([{"role": "user", "content": "wake me, set a timer"}]),
        "tools": json.dumps(TOOLS),
        "expected": None,
        "carries": None,
    }
    return row | fields


@pytest.fixture
def read() -> Read:
    """read(calls, words, seed, **fields of the prompt): the example; every place may be a cut."""

    def example(
        calls: list[tuple[str, dict[str, Any]]], words: str = "", seed: int = 0, **fields: Any
    ) -> Example | str:
        made = [ToolCall(name, arguments, "", "openai") for name, arguments in calls]
        answer = render_answer(words, made)
        known = {"music_play", "set_alarm", "set_timer", "set_play"}
        return read_example(prompt_of(**fields), answer, range(1, len(answer)), known, seed)

    return example
