"""Prompts in OpenAI's own form: {"messages": [...], "tools": [...]} a row.

A message keeps what the chat API knows; null and other keys, a `reasoning_content` among them, are
dropped. Tools are taken as they are; both may be written as JSON text, as data sets do.
"""

import json
from typing import Any

from ops.prompts.expected import accepting
from ops.prompts.files.row import STRICT
from ops.prompts.layouts.prompt import BadRow, Prompt, ask_of, row_id
from ops.prompts.layouts.tools import checked
from ops.prompts.layouts.value import read_value
from ops.reasoning.cut import without

ROLES = ("system", "developer", "user", "assistant", "tool")


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout."""
    return "messages" in value


def read(value: dict[str, Any]) -> Prompt:
    """The prompt; a last message of the assistant gives the right calls. Raises BadRow."""
    messages = read_messages(_parsed(value["messages"], "no_messages"))
    listed = _parsed(value.get("tools"), "bad_tools")
    older = _parsed(value.get("functions"), "bad_tools") if not listed else None
    if isinstance(older, list):
        listed = [{"type": "function", "function": one} for one in older]
    tools, expected = checked(listed or []), None
    if messages[-1]["role"] == "assistant":
        expected = right_calls(messages.pop(), tools)
    return Prompt(ask_of(messages), tools, expected, row_id(value.get("id")), "chat")


def read_messages(given: Any) -> list[dict[str, Any]]:
    """The messages, each with a known role and text; raises BadRow."""
    if not isinstance(given, list) or not given:
        raise BadRow("no_messages", "messages is not a list of at least one message")
    return [_message(position, one) for position, one in enumerate(given, start=1)]


def right_calls(answer: dict[str, Any], tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls of a row's last assistant message, as accepted values; raises BadRow."""
    offered = {tool["function"]["name"] for tool in tools}
    calls = []
    for call in answer.get("tool_calls") or []:
        name, text = call["function"]["name"], call["function"]["arguments"]
        try:
            arguments = json.loads(text, **STRICT)
        except (ValueError, RecursionError) as error:
            raise BadRow("bad_calls", f"arguments of {name!r} are not JSON: {error}") from error
        if name not in offered or not isinstance(arguments, dict):
            raise BadRow("bad_calls", f"{name!r} is not offered, or its arguments are no object")
        calls.append(accepting(name, arguments))
    return calls


def _parsed(given: Any, reason: str) -> Any:
    if not isinstance(given, str) or not given.strip():
        return given or None
    try:
        return read_value(given)
    except ValueError as error:
        raise BadRow(reason, f"a text that is no list: {error}") from error


def _message(position: int, given: Any) -> dict[str, Any]:
    role = given.get("role") if isinstance(given, dict) else None
    if role not in ROLES:
        raise BadRow("bad_messages", f"message {position} has the role {role!r}")
    content = _text(position, given.get("content"))
    if content is None and not given.get("tool_calls"):
        raise BadRow("bad_messages", f"message {position} has neither content nor tool_calls")
    if content is not None and role == "assistant":
        content = without(content)
    message = {"role": role, "content": content}
    if given.get("tool_calls"):
        message["tool_calls"] = _calls(position, given["tool_calls"])
    kept = {key: given[key] for key in ("tool_call_id", "name") if isinstance(given.get(key), str)}
    return message | kept


def _text(position: int, content: Any) -> str | None:
    """Content as text; a list of text parts is joined."""
    if content is None or isinstance(content, str):
        return content
    texts = []
    for part in content if isinstance(content, list) else [None]:
        text = part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str):
            raise BadRow("bad_messages", f"message {position} has content that is not text")
        texts.append(text)
    return "".join(texts)


def _calls(position: int, given: Any) -> list[dict[str, Any]]:
    calls = []
    for call in given if isinstance(given, list) else [None]:
        function = call.get("function") if isinstance(call, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not (isinstance(call, dict) and isinstance(function, dict) and isinstance(name, str)):
            raise BadRow(
                "bad_messages", f"message {position} has a tool call without a function name"
            )
        arguments = function.get("arguments") or "{}"
        text = (
            arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        )
        kept = {"id": call["id"]} if isinstance(call.get("id"), str) else {}
        calls.append(kept | {"type": "function", "function": {"name": name, "arguments": text}})
    return calls
