"""May a student keep its own chat template? Only if it writes what is trained and read here.

An answer is trained as render.py writes it, decoded under the same text's grammar and read by the
same reader. A template of the family (Hermes 2 Pro, Qwen2.5, the instruct models of Qwen3) writes
answers so to the byte; another would show the student its own past calls in one form and ask for
the next in another. Not here: the project's template (chat_template.jinja).
"""

from typing import Any

from jinja2 import TemplateError

from ops.student.render import render_answer, render_prompt
from ops.toolcalls.call import ToolCall

_TOOL = {
    "type": "function",
    "function": {
        "name": "probe_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}
_RESULT = '{"degrees": 12}'
_ASKED = [{"role": "user", "content": "And in Orléans?"}]
_CALL = ToolCall("probe_weather", {"city": '東京 "é"', "days": 2}, "", "openai")
_ANSWERS: tuple[tuple[str, list[ToolCall]], ...] = (
    ("It rains.", []),
    ("", [_CALL]),
    ("", [_CALL, _CALL]),
    ("I look.", [_CALL]),
)


def misfit(tokenizer: Any) -> str | None:
    """What the template of the tokenizer does otherwise; None if it can be used."""
    if not tokenizer.chat_template:
        return "is missing"
    try:
        asked = render_prompt(tokenizer, _ASKED, [_TOOL])
        if _CALL.name not in asked:
            return "does not show the tools that are offered"
        for content, calls in _ANSWERS:
            message = _message(content, calls)
            whole = _whole(tokenizer, [*_ASKED, message])
            written = render_answer(content, calls)
            if not whole.startswith(asked):
                return "shows a conversation otherwise when an answer has been given"
            if whole[len(asked) :].rstrip() != written:
                return f"writes {whole[len(asked) :].rstrip()!r}, expected {written!r}"
        told = {"role": "tool", "tool_call_id": "call00001", "content": _RESULT}
        if _RESULT not in render_prompt(tokenizer, [*_ASKED, _message("", [_CALL]), told], [_TOOL]):
            return "does not show the results of tools"
    except (TemplateError, TypeError, ValueError) as error:
        return f"fails ({error})"
    return None


def _message(content: str, calls: list[ToolCall]) -> dict[str, Any]:
    called = [
        {
            "id": f"call{number:05d}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for number, call in enumerate(calls, start=1)
    ]
    return {"role": "assistant", "content": content} | ({"tool_calls": called} if called else {})


def _whole(tokenizer: Any, messages: list[dict[str, Any]]) -> str:
    text: str = tokenizer.apply_chat_template(messages, tools=[_TOOL], tokenize=False)
    return text
