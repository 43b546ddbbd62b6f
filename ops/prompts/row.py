"""One prompt as a row of the PROMPTS table."""

import json
from typing import Any

from ops.digest import digest


def prompt_id(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
    """32 hex digits that name the prompt, whatever it was made for."""
    return digest("p1", messages, tools)[:32]


def row(
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]],
    expected: list[dict[str, Any]] | None,
    **columns: Any,
) -> dict[str, Any]:
    """The row; `columns` are split, kind and source, and external_id and carries if there are."""
    return {
        "prompt_id": prompt_id(messages, tools),
        "messages": _json(messages),
        "tools": _json(tools),
        "expected": None if expected is None else _json(expected),
        "external_id": None,
        "carries": None,
        **columns,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
