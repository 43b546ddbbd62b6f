"""The text that is trained on: order of keys, and tags inside strings."""

import pytest

from ops.errors import ContractError
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.render import ordered, render_calls


def test_writes_one_block_a_call() -> None:
    calls = [ToolCall("f", {"a": "é"}, "", "openai"), ToolCall("g", {}, "", "openai")]
    assert render_calls(calls) == (
        '<tool_call>\n{"name": "f", "arguments": {"a": "é"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call>'
    )


def test_a_tag_in_a_string_is_escaped_and_reads_back() -> None:
    text = render_calls([ToolCall("f", {"q": "<tool_call>"}, "", "openai")])
    assert text.count("<tool_call>") == 1
    assert read_calls(text, ()).calls[0].arguments == {"q": "<tool_call>"}


def test_refuses_a_call_without_arguments() -> None:
    with pytest.raises(ContractError, match="call of 'f'"):
        render_calls([ToolCall("f", None, "[1]", "openai")])


def test_orders_by_the_schema_at_every_level() -> None:
    point = {"type": "object", "properties": {"x": {}, "y": {}}}
    schema = {
        "properties": {"to": {"$ref": "#/$defs/point"}, "via": {"type": "array", "items": point}},
        "required": ["id"],
        "$defs": {"point": point},
    }
    arguments = {
        "more": 0,
        "id": 7,
        "via": [{"y": 1, "x": 2}],
        "to": {"z": 0, "y": 3, "x": 4},
    }
    got = ordered(arguments, schema)
    assert got == arguments
    assert list(got) == ["to", "via", "id", "more"]
    assert list(got["to"]) == ["x", "y", "z"]
    assert list(got["via"][0]) == ["x", "y"]
