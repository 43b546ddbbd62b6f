"""The teacher's decision as training text: the student's own chat template around it."""

from typing import Any

from ops.toolcalls.call import ToolCall
from ops.toolcalls.render import render_calls

END = "<|im_end|>"


def render_prompt(
    tokenizer: Any, messages: list[dict[str, Any]], tools: list[dict[str, Any]]
) -> str:
    """The text that the student reads before it answers."""
    text: str = tokenizer.apply_chat_template(
        messages, tools=tools or None, tokenize=False, add_generation_prompt=True
    )
    return text


def render_answer(content: str, calls: list[ToolCall]) -> str:
    """The text that the student should write: words, then calls, then the end of its turn."""
    parts = [part for part in (content.strip(), render_calls(calls)) if part]
    return "\n".join(parts) + END


def tool_results(messages: list[dict[str, Any]]) -> list[str]:
    """What the tools answered since the last user message, as it stands in the prompt."""
    results: list[str] = []
    for message in reversed(messages):
        if message["role"] == "user":
            break
        if message["role"] == "tool":
            results.insert(0, message.get("content") or "")
    return results
