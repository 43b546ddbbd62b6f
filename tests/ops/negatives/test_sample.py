"""A sampled call fits its schema, whatever the schema asks for."""

from typing import Any

import jsonschema_rs
import pytest

from ops.negatives.sample import sample, sample_arguments


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 3},
        {"type": "integer", "minimum": 5},
        {"type": "integer", "maximum": -5},
        {"type": "number", "exclusiveMinimum": 2.5},
        {"type": "number", "exclusiveMaximum": 0},
        {"type": "boolean"},
        {"type": ["null", "string"]},
        {"enum": ["C", "F"]},
        {"const": {"a": 1}},
        {"type": "integer", "default": 7},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"$ref": "#/$defs/size"},
        {},
    ],
    ids=str,
)
def test_a_value_fits(schema: dict[str, Any]) -> None:
    whole = {
        "type": "object",
        "properties": {"x": schema, "y": {"type": "string"}},
        "required": ["x"],
        "$defs": {"size": {"type": "integer", "minimum": 2}},
    }
    arguments = sample_arguments(whole, "play some music")
    assert list(arguments) == ["x"]
    jsonschema_rs.Draft202012Validator(whole).validate(arguments)


def test_a_schema_that_refers_to_itself_ends() -> None:
    node: dict[str, Any] = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}},
        "required": ["next"],
    }
    found, depth = sample(node, "", node), 0
    while found is not None:
        found, depth = found["next"], depth + 1
    assert depth == 9
