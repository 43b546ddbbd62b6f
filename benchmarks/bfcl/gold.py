"""The right answer to a case, written from its accepted values: the first of each that is one.

For Java and JavaScript a value is source text; `write` says how each type is written.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ops.evaluation.bfcl.categories import language
from ops.evaluation.bfcl.check import Call


def gold(
    category: str, functions: Sequence[Mapping[str, Any]], truth: Sequence[Mapping[str, Any]]
) -> list[Call]:
    """A call for each accepted one, with every argument that has to be given."""
    calls = []
    for one in truth:
        name, accepted = next(iter(one.items()))
        function = next(each for each in functions if each["name"] == name)
        needed, schemas = function["parameters"]["required"], function["parameters"]["properties"]
        arguments = {
            key: write(first(values), schemas.get(key, {}), language(category))
            for key, values in accepted.items()
            if key in needed or "" not in values
        }
        calls.append((name.replace(".", "_"), arguments))
    return calls


def first(values: Sequence[Any]) -> Any:
    """The first accepted value that is one, else nothing: an empty text."""
    return next((plain(value) for value in values if value != ""), "")


def plain(value: Any) -> Any:
    """An accepted value as it is sent: of each key of an object the first that is accepted."""
    if isinstance(value, dict):
        return {
            key: first(values) if isinstance(values, list) else values
            for key, values in value.items()
            if not isinstance(values, list) or "" not in values
        }
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def write(value: Any, schema: Mapping[str, Any], spoken: str) -> Any:
    """The value as a model sends it: as it is for Python, else as source text."""
    if spoken == "python":
        return value
    declared = schema.get("type", "any")
    inner = schema.get("items", {}).get("type", "any")
    return (java if spoken == "java" else javascript)(value, declared, inner)


def java(value: Any, declared: str, inner: str) -> str:
    """Java source that stands for the value where a parameter is declared so."""
    if declared == "Array" and isinstance(value, list):
        return f"new {inner}[]{{{', '.join(java(one, inner, '') for one in value)}}}"
    if declared == "ArrayList" and isinstance(value, list):
        quoted = [f'"{one}"' if inner in ("String", "char") else java(one, inner, "")
                  for one in value]  # fmt: skip
        return f"new ArrayList<{inner}>(Arrays.asList({', '.join(quoted)}))"
    if declared == "HashMap" and isinstance(value, dict):
        puts = [f'put("{key}", {java_value(one)});' for key, one in value.items()]
        return f"new HashMap<String, Object>() {{{{ {' '.join(puts)} }}}}"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value) + {"long": "L", "float": "f"}.get(declared, "")


def java_value(value: Any) -> str:
    """A value inside a map, of which no type is told."""
    return json.dumps(value) if isinstance(value, bool | str) else str(value)


def javascript(value: Any, declared: str, inner: str) -> str:
    """JavaScript source that stands for the value where a parameter is declared so."""
    if declared in ("array", "dict") and isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool | list | dict) or value is None:
        return json.dumps(value)
    return str(value) + {"Bigint": "n"}.get(declared, "")
