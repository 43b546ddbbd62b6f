"""Each argument with its type and what is wrong with it."""

import json
from typing import Any

from ops.evaluation.arguments import argument_rows
from ops.toolcalls.call import ToolCall

PROPERTIES = {"city": {"type": "string"}, "days": {"type": "integer"}, "when": {}}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": PROPERTIES, "required": ["city", "days"]},
    },
}
EXPECTED = [{"name": "weather", "arguments": {"city": ["Rome"], "days": [3], "when": ["", "now"]}}]


def rows(expected: Any, *given: dict[str, Any]) -> list[tuple[Any, ...]]:
    prompt = {"prompt_id": "p", "split": "heldout"}
    prompt |= {"tools": json.dumps([TOOL]), "expected": expected and json.dumps(expected)}
    calls = [ToolCall("weather", one, "", "hermes") for one in given]
    found = argument_rows(prompt, "free", calls)
    assert all(row["tool"] == "weather" and row["mode"] == "free" for row in found)
    names = ("call", "argument", "type", "expected", "found", "fault")
    return [tuple(row[name] for name in names) for row in found]


def test_each_fault_has_its_name() -> None:
    assert rows(EXPECTED, {"city": "Oslo", "days": "3", "when": 1, "sure": True}) == [
        (0, "city", "string", '["Rome"]', '"Oslo"', "value"),
        (0, "days", "integer", "[3]", '"3"', "type"),
        (0, "when", "string", '["", "now"]', "1", "value"),
        (0, "sure", "boolean", "[]", "true", "unexpected"),
    ]
    assert rows(EXPECTED, {"city": "rome"}) == [
        (0, "city", "string", '["Rome"]', '"rome"', None),
        (0, "days", "integer", "[3]", None, "missing"),
    ]


def test_a_call_that_was_not_made_has_no_arguments() -> None:
    assert rows(EXPECTED) == [
        (0, "city", "string", '["Rome"]', None, "no_call"),
        (0, "days", "integer", "[3]", None, "no_call"),
    ]


def test_where_no_call_is_right_there_is_nothing_to_compare() -> None:
    assert rows([], {"city": "Rome"}) == []
    assert rows(None, {"city": "Rome"}) == []
