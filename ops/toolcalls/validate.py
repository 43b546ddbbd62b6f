"""Judge a call against the tools that were offered: its name, and its arguments' JSON Schema.

Draft 2020-12, by jsonschema-rs. No schema reaches the network: a remote `$ref` does not compile.
As in JSON Schema, true is no integer and 1.0 is one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NoReturn

import jsonschema_rs

from ops.digest import canonical_json
from ops.errors import ContractError
from ops.toolcalls.call import ToolCall, plain_name
from ops.toolcalls.tool import arguments_schema, tool_name

ProblemKind = Literal[
    "unknown_tool",
    "not_an_object",
    "missing_argument",
    "unexpected_argument",
    "wrong_type",
    "not_in_enum",
    "constraint",
]
_SHORT = 200  # characters of a value or a message that a problem quotes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a call; `argument` is a path such as "filter.tags.0"."""

    kind: ProblemKind
    argument: str
    expected: str
    found: str


class Validator:
    """The offered tools, ready to judge calls. Raises ContractError for a schema that is none."""

    def __init__(self, tools: Sequence[Mapping[str, Any]]) -> None:
        self._schemas = {
            plain_name(tool_name(tool)): _compile(
                tool_name(tool), canonical_json(arguments_schema(tool))
            )
            for tool in tools
        }

    def problems(self, call: ToolCall) -> list[Problem]:
        """Everything that is wrong with the call; [] = valid."""
        schema = self._schemas.get(plain_name(call.name))
        if schema is None:
            offered = ", ".join(self._schemas) or "no tool"
            return [Problem("unknown_tool", "", _short(offered), _short(call.name))]
        if call.arguments is None:
            return [Problem("not_an_object", "", "object", _short(call.arguments_text))]
        errors = schema.iter_errors(call.arguments)
        return [problem for error in errors for problem in _problems(error)]


@lru_cache(maxsize=4096)
def _compile(name: str, schema: str) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(json.loads(schema), retriever=_refuse)
    except ValueError as error:
        reason = _short(str(error).splitlines()[0])
        raise ContractError(
            f"tool {name!r}: its parameters are no JSON Schema (Draft 2020-12): {reason}; "
            f"correct the tool's definition"
        ) from None


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is remote, only local $ref are followed")


def _problems(error: Any) -> Iterator[Problem]:
    path = ".".join(str(part) for part in error.instance_path)
    prefix = f"{path}." if path else ""
    found = _short(json.dumps(error.instance, ensure_ascii=False))
    match error.kind.name:
        case "required":
            missing = f"{prefix}{error.kind.property}"
            yield Problem("missing_argument", missing, "a value", "nothing")
        case "additionalProperties" | "unevaluatedProperties":
            for name in error.kind.unexpected:
                value = _short(json.dumps(error.instance[name], ensure_ascii=False))
                yield Problem("unexpected_argument", f"{prefix}{name}", "nothing", value)
        case "falseSchema":
            yield Problem("unexpected_argument", path, "nothing", found)
        case "type":
            yield Problem("wrong_type", path, " or ".join(sorted(error.kind.types)), found)
        case "enum" | "const":
            options = json.dumps(error.kind.value, ensure_ascii=False)
            yield Problem("not_in_enum", path, _short(options), found)
        case _:
            yield Problem("constraint", path, _short(error.message), found)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
