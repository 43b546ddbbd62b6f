"""Prompts in OpenAI's own form: {"messages": [...], "tools": [...]} a line."""

import json
from typing import Any

from ops.prompts.expected import accepting

ROLES = ("system", "developer", "user", "assistant", "tool")


class BadRow(ValueError):
    """A row that cannot be a prompt; `reason` is one of ops.prompts.sources.REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail[:300]


def read_messages(given: Any) -> list[dict[str, Any]]:
    """The messages, each with a known role and text; raises BadRow."""
    if not isinstance(given, list) or not given:
        raise BadRow("no_messages", "messages is not a list of at least one message")
    return [_message(position, one) for position, one in enumerate(given, start=1)]


def ask_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, which must end where an answer is due; raises BadRow."""
    if not messages or messages[-1]["role"] not in ("user", "tool"):
        raise BadRow(
            "bad_messages", "the last message before the answer is of neither user nor tool"
        )
    return messages


def right_calls(answer: dict[str, Any], tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls of a row's last assistant message, as accepted values; raises BadRow."""
    offered = {tool["function"]["name"] for tool in tools}
    calls = []
    for call in answer.get("tool_calls") or []:
        name, text = call["function"]["name"], call["function"]["arguments"]
        try:
            arguments = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRow("bad_calls", f"arguments of {name!r} are not JSON: {error}") from error
        if name not in offered or not isinstance(arguments, dict):
            raise BadRow("bad_calls", f"{name!r} is not offered, or its arguments are no object")
        calls.append(accepting(name, arguments))
    return calls


def _message(position: int, given: Any) -> dict[str, Any]:
    role = given.get("role") if isinstance(given, dict) else None
    if role not in ROLES:
        raise BadRow("bad_messages", f"message {position} has the role {role!r}")
    message = {**given, "content": _text(position, given.get("content"))}
    if message["content"] is None and not given.get("tool_calls"):
        raise BadRow("bad_messages", f"message {position} has neither content nor tool_calls")
    if given.get("tool_calls") is not None:
        message["tool_calls"] = _calls(position, given["tool_calls"])
    return message


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
        arguments = function.get("arguments", "{}")
        text = (
            arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        )
        calls.append({**call, "function": {**function, "arguments": text}})
    return calls
