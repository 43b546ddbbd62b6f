"""Whether a tool definition is one: OpenAI's envelope, a name that the wire allows, a JSON Schema.

A `$ref` may point into its own schema only: nothing here opens a connection or a file.
"""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def name_of(tool: Any) -> str | None:
    """The name of an OpenAI tool definition; None when it is no such definition."""
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or tool.get("type") != "function":
        return None
    name = function.get("name")
    return name if isinstance(name, str) else None


def problem(tool: Any) -> str:
    """What is wrong with a tool definition, in words; empty when it can be offered."""
    name = name_of(tool)
    if name is None:
        return 'is not {"type": "function", "function": {"name": ...}}'
    if not NAME.fullmatch(name):
        return f"has the name {name!r}, expected 1 to 64 of a-z A-Z 0-9 _ -"
    return schema_problem(tool["function"].get("parameters", NO_PARAMETERS))


def schema_problem(schema: Any) -> str:
    """What is wrong with a tool's parameters, in words; empty when nothing is."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return 'has parameters that are not a schema of type "object"'
    remote = next((ref for ref in _references(schema) if not ref.startswith("#")), None)
    if remote is not None:
        return f"refers to {remote[:80]!r} outside its schema; only #/... is followed"
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return f"has a broken schema: {' '.join(str(error).split())[:200]}"
    return ""


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            found = (at.get(key) for key in ("$ref", "$dynamicRef", "$schema"))
            yield from (r for r in found if isinstance(r, str) and not _is_draft(r))
            waiting += at.values()
        elif isinstance(at, list):
            waiting += at


def _is_draft(reference: str) -> bool:
    return reference.startswith(("http://json-schema.org/draft", "https://json-schema.org/draft"))
