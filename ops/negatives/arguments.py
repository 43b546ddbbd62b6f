"""Negatives whose tool is right and whose arguments are not, or that end too soon.

Each function gives a change, or the reason in ABSENT why there is none.
"""

import json
from collections.abc import Iterator
from typing import Any

from ops.negatives.change import Change
from ops.negatives.example import Example
from ops.negatives.sample import sample
from ops.student.render import END
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import arguments_schema, tool_name
from ops.toolcalls.validate import Validator

# Where no other offered tool has an argument that this one lacks.
_EXTRA = ("notes", "priority", "format", "verbose")


def missing_argument(example: Example) -> Change | str:
    """One required argument less."""
    if not example.calls:
        return "no_call"
    at = example.chosen("missing_argument")
    call, given = example.calls[at], example.calls[at].arguments or {}
    required = [name for name in example.schema(call.name).get("required", ()) if name in given]
    if not required:
        return "no_required_argument"
    name = required[example.rank("missing_argument", "name") % len(required)]
    kept = {key: value for key, value in given.items() if key != name}
    return Change(example.with_call(at, call.name, kept), call.name, call.name, name)


def extra_argument(example: Example) -> Change | str:
    """One argument more, at the end: another offered tool's, if it has one that this tool lacks."""
    if not example.calls:
        return "no_call"
    at = example.chosen("extra_argument")
    call, given = example.calls[at], example.calls[at].arguments or {}
    schema = example.schema(call.name)
    if schema.get("additionalProperties") is not False:
        return "open_schema"
    declared = schema.get("properties", {}).keys() | given.keys()
    others = [pair for pair in _declared(example) if pair[0] not in declared]
    others = others or [(name, "true") for name in _EXTRA if name not in declared]
    if not others:
        return "open_schema"
    name, value = min(others, key=lambda pair: (example.rank("extra_argument", pair[0]), pair[0]))
    more = {**given, name: value}
    return Change(example.with_call(at, call.name, more), call.name, call.name, name)


def wrong_type(example: Example) -> Change | str:
    """One argument's value as another type of JSON: 3 as "3", "Rome" as ["Rome"]."""
    if not example.calls:
        return "no_call"
    at = example.chosen("wrong_type")
    call, given = example.calls[at], example.calls[at].arguments or {}
    if not given:
        return "no_argument"
    validator = Validator(example.tools)
    for name in sorted(given, key=lambda name: (example.rank("wrong_type", name), name)):
        for value in _retyped(given[name]):
            changed = {**given, name: value}
            problems = validator.problems(ToolCall(call.name, changed, "", "hermes"))
            if any(one.kind == "wrong_type" and one.argument == name for one in problems):
                return Change(example.with_call(at, call.name, changed), call.name, call.name, name)
    return "any_type"


def truncated(example: Example) -> Change | str:
    """The answer up to the end of a token inside the arguments of a call, and then its end."""
    if not example.calls:
        return "no_call"
    names = [tool_name(tool) for tool in example.tools]
    call = read_calls(example.answer.removesuffix(END), names).calls[example.chosen("truncated")]
    start, end = call.arguments_at or (0, 0)
    inside = [edge for edge in example.edges if start < edge < end]
    if not inside:
        return "no_argument"
    cut = inside[example.rank("truncated", "cut") % len(inside)]
    return Change(example.answer[:cut] + END, call.name, call.name)


def _declared(example: Example) -> Iterator[tuple[str, Any]]:
    """The arguments of all offered tools, each with a value that fits."""
    for tool in example.tools:
        schema = arguments_schema(tool)
        for name, inner in schema.get("properties", {}).items():
            yield name, sample(inner, example.asked, schema)


def _retyped(value: Any) -> Iterator[Any]:
    """The value as other types, the likeliest mistake first."""
    if isinstance(value, str):
        yield from ([value], {"value": value}, 1)
    elif isinstance(value, list | dict):
        yield from (json.dumps(value, ensure_ascii=False), 1)
    else:
        yield from (json.dumps(value), [value])
