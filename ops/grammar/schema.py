"""A tool's JSON Schema as llguidance can hold it, and never narrower than validate.py judges.

llguidance refuses a schema with a keyword that it does not know. Then the schema goes without such
keywords, and where even that is refused the arguments are any object; either way it is relaxed,
and says so. A `format` is never held: to the validator it is a remark (Draft 2020-12, 7.2.1), and a
grammar that insisted on it would refuse answers which are learnt as valid.
Source: llguidance 1.9, docs/json_schema.md, for the keywords that it holds.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher

from ops.toolcalls.dialects.hermes import CLOSE, OPEN

# json.dumps' separators and nothing else: where white space is free, a weak model never ends it.
# Escapes are for the tags, which render.py writes with one.
_LAYOUT = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "json_allow_general_unicode_escapes": True,
}
_REMARKS = frozenset({"format", "title", "description", "default", "examples", "$comment"})
# What render.py writes with an escape; llguidance would want a name or an enum's value without.
_ESCAPED = (OPEN, CLOSE, "\x7f")
# Those that llguidance holds in part or not at all. Without one a schema allows more, never less.
_UNHELD = frozenset({
    "not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains",
    "minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas",
    "dependencies", "unevaluatedItems", "unevaluatedProperties", "pattern", "multipleOf",
})  # fmt: skip
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_LISTED = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_INNER = frozenset({"items", "additionalProperties"})


def arguments_lark(schema: Mapping[str, Any]) -> tuple[str, bool]:
    """The right side of a Lark rule for the arguments object, and whether it is relaxed."""
    # The order of properties counts, so the text is the key and nothing is sorted.
    return _held(json.dumps(schema, ensure_ascii=False))


@lru_cache(maxsize=4096)
def _held(text: str) -> tuple[str, bool]:
    schema = _without(json.loads(text), _REMARKS)
    exact = _lark(schema, {})
    if any(word in exact for word in _ESCAPED):
        return _lark({"type": "object"}, {}), True
    if not _fault(exact):
        return exact, False
    loose = _lark(_without(schema, _UNHELD), {"coerce_one_of": True, "lenient": True})
    return (loose if not _fault(loose) else _lark({"type": "object"}, {})), True


def _lark(schema: Any, layout: Mapping[str, bool]) -> str:
    return "%json " + json.dumps(
        {**schema, "x-guidance": {**_LAYOUT, **layout}}, ensure_ascii=False
    )


def _fault(rule: str) -> str:
    return LLMatcher.validate_grammar(LLMatcher.grammar_from_lark(f"start: {rule}"))


def _without(schema: Any, words: frozenset[str]) -> Any:
    """The schema less these keywords, at every level; what is no schema stays as it is."""
    if not isinstance(schema, dict):
        return schema
    return {word: _inner(word, value, words) for word, value in schema.items() if word not in words}


def _inner(word: str, value: Any, words: frozenset[str]) -> Any:
    if word in _NAMED and isinstance(value, dict):
        return {name: _without(inner, words) for name, inner in value.items()}
    if word in _LISTED and isinstance(value, list):
        return [_without(inner, words) for inner in value]
    return _without(value, words) if word in _INNER else value
