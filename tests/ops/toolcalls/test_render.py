"""The text that is trained on: order of keys, tags inside strings, and that it reads back."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(["</tool_call>", "<tool_call>", "```", '"}]', "\\"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NAMES = TEXTS.filter(bool)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.lists(st.tuples(NAMES, st.dictionaries(TEXTS, VALUES, max_size=4)), max_size=4))
def test_reads_back_what_is_rendered(pairs: list[tuple[str, dict[str, Any]]]) -> None:
    text = render_calls([ToolCall(name, value, "", "openai") for name, value in pairs])
    reading = read_calls(text, ())
    assert [(call.name, call.arguments) for call in reading.calls] == pairs
    assert reading.broken is None
    assert render_calls(reading.calls) == text
    for call in reading.calls:
        assert call.arguments_at and call.name_at
        assert json.loads(text[slice(*call.arguments_at)]) == call.arguments
        assert json.loads('"' + text[slice(*call.name_at)] + '"') == call.name
