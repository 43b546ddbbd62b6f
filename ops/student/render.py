"""The teacher's decision as training text: the student's own chat template around it."""

from typing import Any

from ops.toolcalls.call import ToolCall
from ops.toolcalls.parse import parse_json
from ops.toolcalls.render import render_calls

END = "<|im_end|>"


def render_prompt(
    tokenizer: Any, messages: list[dict[str, Any]], tools: list[dict[str, Any]]
) -> str:
    """The text that the student reads before it answers."""
    text: str = tokenizer.apply_chat_template(
        [_with_objects(message) for message in messages],
        tools=tools or None,
        tokenize=False,
        add_generation_prompt=True,
    )
    return text


def _with_objects(message: dict[str, Any]) -> dict[str, Any]:
    """The message with arguments as objects: templates write them as JSON, which API text is."""
    if not message.get("tool_calls"):
        return message
    return message | {"tool_calls": [_with_object(call) for call in message["tool_calls"]]}


def _with_object(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    if not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments = parse_json(function["arguments"])
    except ValueError:
        return call
    return call | {"function": function | {"arguments": arguments}}


def render_answer(content: str, calls: list[ToolCall]) -> str:
    """The text that the student should write: words, then calls, then the end of its turn."""
    parts = [part for part in (content.strip(), render_calls(calls)) if part]
    return "\n".join(parts) + END
