"""What the benchmark tells a model about the language of its functions, before it is asked.

Every description names the language. A value of Java or JavaScript is asked for as text in which
its source stands, with the declared type in words: so each such parameter becomes a string.
Restated from bfcl_eval 2026.3.23, utils.py. Not taken over: the sentence about floats that its
client for OpenAI adds to descriptions.
"""

import json
from typing import Any

from ops.evaluation.bfcl.categories import language

_NAMES = {"python": "Python 3", "java": "Java 8 SDK", "javascript": "JavaScript"}
_SPELT = {"java": "Java", "javascript": "JavaScript"}
_LISTS = ("ArrayList", "Array", "array")


def hinted(row: dict[str, Any], category: str) -> dict[str, Any]:
    """A row of the benchmark with its functions as a model is shown them; others stay."""
    listed = row.get("function")
    if not isinstance(listed, list):
        return row
    return row | {"function": [_function(one, language(category)) for one in listed]}


def _function(function: Any, spoken: str) -> Any:
    if not isinstance(function, dict) or not isinstance(function.get("description"), str):
        return function
    told = f"{function['description']} Note that the provided function is in {_NAMES[spoken]}"
    shown = function | {"description": f"{told} syntax."}
    parameters = function.get("parameters")
    if spoken == "python" or not isinstance(parameters, dict):
        return shown
    properties = parameters.get("properties")
    if not isinstance(properties, dict):
        return shown
    written = {name: _source(schema, spoken) for name, schema in properties.items()}
    return shown | {"parameters": parameters | {"properties": written}}


def _source(schema: Any, spoken: str) -> Any:
    """The schema of one parameter as that of a text which holds its source."""
    if not isinstance(schema, dict) or not isinstance(schema.get("type"), str):
        return schema
    kind, told = schema["type"], str(schema.get("description", ""))
    if kind == "any":
        told += f" This parameter can be of any type of {_SPELT[spoken]} object"
    else:
        told += f" This is {_SPELT[spoken]} {kind} type parameter"
    told += " in string representation."
    kept = dict(schema)
    items = kept.pop("items", None) if kind in _LISTS else None
    if isinstance(items, dict):
        told += f" The list elements are of type {items.get('type')}; they are not in string"
        told += " representation."
    members = kept.pop("properties", None) if kind == "dict" else None
    if members is not None:
        told += " The dictionary entries have the following schema; they are not in string"
        told += f" representation. {json.dumps(members)}"
    return kept | {"type": "string", "description": told}
