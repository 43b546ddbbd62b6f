"""A value that fits a schema, for an argument that nobody asked for.

It need not make sense, as the call is wrong anyway; whether it fits is for validate.py to say.
"""

from collections.abc import Mapping
from typing import Any

from ops.toolcalls.tool import resolve

_LEVELS = 8


def sample_arguments(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Values for the required arguments, in the order of the schema's properties."""
    found: dict[str, Any] = _object(schema, text, schema, 0)
    return found


def sample(schema: Any, text: str, root: Mapping[str, Any], level: int = 0) -> Any:
    """One value; strings are made of `text`.

    >>> sample({"type": "integer", "minimum": 3}, "", {})
    3
    """
    schema = resolve(schema, root)
    if level > _LEVELS:
        return None
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    for word in ("enum", "examples"):
        if schema.get(word) and isinstance(schema[word], list):
            return schema[word][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word) and isinstance(schema[word], list):
            return sample(schema[word][0], text, root, level + 1)
    return _of_type(schema, text, root, level)


def _of_type(schema: Mapping[str, Any], text: str, root: Mapping[str, Any], level: int) -> Any:
    kinds = schema.get("type", "string")
    match kinds if isinstance(kinds, str) else kinds[0]:
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "array":
            items = schema.get("items", {})
            return [sample(items, text, root, level + 1)] * max(1, schema.get("minItems", 1))
        case "object":
            return _object(schema, text, root, level)
        case "null":
            return None
        case _:
            return text[: schema.get("maxLength", 40)]


def _number(schema: Mapping[str, Any]) -> Any:
    if "minimum" in schema:
        return schema["minimum"]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1
    return min(1, schema.get("maximum", 1), schema.get("exclusiveMaximum", 2) - 1)


def _object(schema: Mapping[str, Any], text: str, root: Mapping[str, Any], level: int) -> Any:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    names = [name for name in properties if name in required]
    names += [name for name in required if name not in properties]
    return {name: sample(properties.get(name, {}), text, root, level + 1) for name in names}
