"""Each argument of each expected call: what was accepted, what the student gave, what is wrong."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ops.scoring.match import Judged, pair
from ops.toolcalls.call import ToolCall, plain_name
from ops.toolcalls.tool import arguments_schema, tool_name

_JSON = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
}  # fmt: skip


def argument_rows(
    prompt: Mapping[str, Any], mode: str, calls: Sequence[ToolCall]
) -> list[dict[str, Any]]:
    """Rows of ARGUMENTS for the calls that a student made; none where no call is known to be right.

    The calls are matched with the expected ones as for the score.
    """
    expected = json.loads(prompt["expected"] or "[]")
    tools = json.loads(prompt["tools"])
    schemas = {plain_name(tool_name(tool)): arguments_schema(tool) for tool in tools}
    rows = []
    matched = pair(calls, expected, schemas)
    for number, (wanted, (call, judged)) in enumerate(zip(expected, matched, strict=True)):
        declared = schemas.get(plain_name(wanted["name"]), {}).get("properties", {})
        shared = {key: prompt[key] for key in ("prompt_id", "split")}
        shared |= {"mode": mode, "call": number, "tool": wanted["name"]}
        rows += [
            shared | _row(one, declared.get(one.argument), made=call is not None) for one in judged
        ]
    return rows


def _row(one: Judged, declared: Any, *, made: bool) -> dict[str, Any]:
    absent = one.fault == "missing"
    return {
        "argument": one.argument,
        "type": _type(one, declared),
        "expected": json.dumps(list(one.accepted), ensure_ascii=False),
        "found": None if absent else json.dumps(one.found, ensure_ascii=False),
        "fault": one.fault if made or not absent else "no_call",
    }


def _type(one: Judged, declared: Any) -> str:
    named = declared.get("type") if isinstance(declared, Mapping) else None
    if isinstance(named, str):
        return named
    given = [value for value in one.accepted if value != ""] or [one.found]
    return _JSON.get(type(given[0]), "null")
