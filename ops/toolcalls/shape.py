"""From a JSON value in a text to the tool calls it holds: what the text dialects share.

A call is `{"name": ..., "arguments": {...}}`; `parameters` (Llama 3) stands for `arguments`, and
an OpenAI tool call dumped as text keeps both under `function`. A list holds one call an item.
"""

import re
from collections.abc import Collection
from typing import Any

from ops.toolcalls.call import Broken, Dialect, Span, ToolCall, plain_name
from ops.toolcalls.parse import parse_json
from ops.toolcalls.scan import Scanner

_OPENING = re.compile(r'(?:\[\s*+)*+\{\s*+"(?:name|arguments|parameters|type|id|function)"')
_NAME = re.compile(r'(?:\[\s*+)*+\{\s*+"name"\s*+:\s*+"([^"\\]*+)"')


def calls_in(scanner: Scanner, span: Span, dialect: Dialect) -> list[ToolCall] | Broken:
    """The calls of the JSON value at `span`, or why there are none: "json" or "shape"."""
    try:
        value = parse_json(scanner.text[span.start : span.end])
    except ValueError:
        return "json"
    if isinstance(value, dict):
        call = _call(scanner, span.start, value, dialect)
        return [call] if call else "shape"
    starts = scanner.items(span.start)
    found = [
        _call(scanner, start, item, dialect) if isinstance(item, dict) else None
        for start, item in zip(starts, value, strict=True)
    ]
    calls = [call for call in found if call]
    return calls if calls and len(calls) == len(found) else "shape"


def looks_like_call(text: str, at: int, offered: Collection[str]) -> bool:
    """Whether a broken value at `at` was to be a call: by its first key, and its name if whole.

    >>> looks_like_call('{"name": "add", "argum', 0, {"add"})
    True
    >>> looks_like_call('{"name": "Bob", "age', 0, {"add"})
    False
    """
    if not _OPENING.match(text, at):
        return False
    name = _NAME.match(text, at)
    return name is None or plain_name(name[1]) in offered


def _call(scanner: Scanner, start: int, value: dict[str, Any], dialect: Dialect) -> ToolCall | None:
    places = {member.key: member for member in scanner.members(start)}
    if "name" not in value and isinstance(value.get("function"), dict):
        return _call(scanner, places["function"].start, value["function"], dialect)
    key = "arguments" if "arguments" in value else "parameters"
    name = value.get("name")
    if not isinstance(name, str) or not name or key not in value:
        return None
    text, place = scanner.text, places[key]
    return ToolCall(
        name=name,
        arguments=read_arguments(value[key]),
        arguments_text=text[place.start : place.end],
        dialect=dialect,
        call=Span(start, scanner.end_of(start)),
        name_at=Span(places["name"].start + 1, places["name"].end - 1),
        arguments_at=Span(place.start, place.end),
    )


def read_arguments(value: Any) -> dict[str, Any] | None:
    """The arguments as an object, also where a server encoded them once too often; else None."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            return None
    return value if isinstance(value, dict) else None
