"""What a schema keeps on its way into the grammar, and that it never allows less than it did."""

import json
from typing import Any

import pytest
from llguidance import LLMatcher

from ops.grammar.schema import arguments_lark

INTEGER = {"type": "integer"}


def held(**properties: Any) -> tuple[dict[str, Any], bool]:
    """The schema that the grammar holds of an object with these properties."""
    rule, relaxed = arguments_lark({"type": "object", "properties": properties})
    assert LLMatcher.validate_grammar(LLMatcher.grammar_from_lark(f"start: {rule}")) == ""
    schema = json.loads(rule.removeprefix("%json "))
    assert schema.pop("x-guidance")["whitespace_flexible"] is False
    return schema, relaxed


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "integer", "minimum": 1, "maximum": 9}, id="bounds"),
        pytest.param({"type": "string", "pattern": "^[a-z]+$", "maxLength": 8}, id="pattern"),
        pytest.param({"enum": ["C", "F", None, 3]}, id="enum"),
        pytest.param({"anyOf": [INTEGER, {"type": "null"}]}, id="any_of"),
        pytest.param({"type": "array", "items": INTEGER, "minItems": 1}, id="array"),
        pytest.param({"type": "object", "additionalProperties": INTEGER}, id="map"),
    ],
)
def test_what_llguidance_holds_is_kept_whole(schema: dict[str, Any]) -> None:
    assert held(a=schema) == ({"type": "object", "properties": {"a": schema}}, False)


def test_a_format_is_a_remark_but_a_property_of_that_name_is_none() -> None:
    found, relaxed = held(format={"type": "string", "format": "date"}, x={"format": "no such"})
    assert found["properties"] == {"format": {"type": "string"}, "x": {}}
    assert relaxed is False


@pytest.mark.parametrize(
    ("keyword", "kept"),
    [
        pytest.param({"type": "array", "items": INTEGER, "uniqueItems": True},
                     {"type": "array", "items": INTEGER}, id="unique"),
        pytest.param({"type": "string", "pattern": "(?=a)b"}, {"type": "string"}, id="look_ahead"),
        pytest.param({"type": "integer", "not": {"const": 3}}, INTEGER, id="not"),
        pytest.param({"oneOf": [INTEGER, {"type": "number"}]},
                     {"oneOf": [INTEGER, {"type": "number"}]}, id="one_of_that_overlaps"),
    ],
)  # fmt: skip
def test_what_it_does_not_hold_goes_and_the_rest_stays(
    keyword: dict[str, Any], kept: dict[str, Any]
) -> None:
    beside = {"type": "string", "maxLength": 3}
    found, relaxed = held(a=keyword, b=beside)
    assert (found["properties"], relaxed) == ({"a": kept, "b": beside}, True)


@pytest.mark.parametrize("odd", ["a <tool_call>", "\x7f"])
def test_a_value_that_is_written_with_an_escape_makes_any_object(odd: str) -> None:
    rule, relaxed = arguments_lark({"type": "object", "properties": {"a": {"enum": [odd]}}})
    assert relaxed is True
    assert "properties" not in json.loads(rule.removeprefix("%json "))
    described = {"type": "integer", "description": odd}
    assert held(a=described) == ({"type": "object", "properties": {"a": INTEGER}}, False)


def test_a_schema_that_is_refused_in_any_case_becomes_any_object() -> None:
    rule, relaxed = arguments_lark({"type": "object", "properties": {"a": {"type": "any"}}})
    assert relaxed is True
    assert json.loads(rule.removeprefix("%json "))["type"] == "object"
    assert "properties" not in json.loads(rule.removeprefix("%json "))
