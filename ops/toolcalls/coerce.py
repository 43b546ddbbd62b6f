"""Give a text the type that a tool's schema declares: for dialects whose values have none.

Qwen-Coder, GLM and MiniMax write `<parameter=days>3</parameter>`: whether that is 3 or "3" only the
schema knows. A text that does not fit the declared type stays a text, for validate.py to judge;
so does a parameter that the schema does not know. Nothing is guessed and nothing repaired.
Source: the rules of vLLM's qwen3coder_tool_parser.py and glm4_moe_tool_parser.py, less their
guesses (a word is no false, and "null" no null where none is allowed).
"""

import re
from collections.abc import Mapping
from typing import Any

from ops.toolcalls.literal import parse_literal
from ops.toolcalls.parse import parse_json
from ops.toolcalls.tool import resolve

_LEVELS = 8  # of anyOf and $ref that are followed
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?")
_WORDS = {"true": True, "True": True, "false": False, "False": False}


def coerce(text: str, schema: Any, root: Mapping[str, Any]) -> Any:
    """The value that `text` stands for under a property's schema; `root` holds its `$ref`s.

    >>> coerce("3", {"type": "integer"}, {}), coerce("3", {"type": "string"}, {})
    (3, '3')
    """
    kinds = _kinds(schema, root)
    bare = text.strip()
    if "null" in kinds and bare in {"null", "None"}:
        return None
    if "boolean" in kinds and bare in _WORDS:
        return _WORDS[bare]
    if kinds & {"integer", "number"} and _NUMBER.fullmatch(bare):
        return _number(bare, text, kinds)
    if kinds & {"array", "object"} and bare[:1] in {"[", "{"}:
        return _container(bare, text, kinds)
    return text


def _kinds(schema: Any, root: Mapping[str, Any], level: int = 0) -> set[str]:
    """The names of the types that the schema allows; empty where it names none."""
    schema = resolve(schema, root)
    kinds = {kind for kind in _listed(schema, "type") if isinstance(kind, str)}
    kinds |= {kind_of(value) for value in _listed(schema, "enum")}
    if level < _LEVELS:
        for word in ("anyOf", "oneOf", "allOf"):
            for option in _listed(schema, word):
                kinds |= _kinds(option, root, level + 1)
    return kinds


def _listed(schema: Mapping[str, Any], word: str) -> list[Any]:
    value = schema.get(word, [])
    return value if isinstance(value, list) else [value]


def kind_of(value: Any) -> str:
    """The name of a JSON value's type, as a schema writes it.

    >>> kind_of(True), kind_of(3), kind_of(None)
    ('boolean', 'integer', 'null')
    """
    names = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return "null" if value is None else names.get(type(value), "string")


def _number(bare: str, text: str, kinds: set[str]) -> Any:
    try:
        value = parse_json(bare)
    except ValueError:
        return text
    return value if "number" in kinds or isinstance(value, int) else text


def _container(bare: str, text: str, kinds: set[str]) -> Any:
    """JSON, or a Python literal: older templates print an object as Python does."""
    for parse in (parse_json, parse_literal):
        try:
            value = parse(bare)
        except ValueError:
            continue
        return value if kind_of(value) in kinds else text
    return text
