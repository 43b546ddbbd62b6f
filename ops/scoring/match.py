"""Whether a call is one of the right ones: the rules of BFCL's checker, for JSON Schema's types.

Source: Berkeley Function Calling Leaderboard v4, bfcl_eval/eval_checker/ast_eval/ast_checker.py.
An argument has a list of accepted values, "" among them = it may be left out. Strings are compared
without spaces and ,./-_*^, in lower case; an integer is taken for a float; an object has accepted
values a member. Ours differs in three points: true is never 1, an object that equals an accepted
one to the letter fits, and calls are matched as well as can be, not each with the first that fits.
The benchmark's rules without a difference, for its own score, are in ops/evaluation/bfcl.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ops.toolcalls.call import ToolCall, plain_name

Fault = Literal["missing", "unexpected", "type", "value"]

_SQUASH = str.maketrans({**dict.fromkeys(" ,./-_*^", None), "'": '"'})
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One argument of one expected call: its name, None or what is wrong, and the two values."""

    argument: str
    fault: Fault | None
    accepted: Sequence[Any]
    found: Any


def judge_call(
    call: ToolCall | None, expected: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[Judged]:
    """Every argument that had to be given, or was; `call` None = all that had to be are missing."""
    accepted: Mapping[str, Sequence[Any]] = expected["arguments"]
    given = (call.arguments if call else None) or {}
    required = schema.get("required", ())
    judged = []
    for name, values in accepted.items():
        if name in given:
            kinds = _stated(schema.get("properties", {}).get(name))
            judged.append(Judged(name, _fault(given[name], values, kinds), values, given[name]))
        elif "" not in values or name in required:
            judged.append(Judged(name, "missing", values, None))
    unknown = [name for name in given if name not in accepted]
    return judged + [Judged(name, "unexpected", (), given[name]) for name in unknown]


def _fault(value: Any, accepted: Sequence[Any], schema: Mapping[str, Any]) -> Fault | None:
    # An empty list is taken for an argument left out, as an empty string is.
    values = [one for one in accepted if one != "" or value in ("", [])]
    if not _is_of(value, schema.get("type")) and type(value) not in map(type, values):
        return "type"
    if isinstance(value, list) and not _items_typed(value, values, schema):
        return "type"
    return None if any(_fits(value, one) for one in values) else "value"


def _is_of(value: Any, declared: Any) -> bool:
    names = [declared] if isinstance(declared, str) else declared or list(_TYPES)
    return any(type(value) in _TYPES.get(name, ()) for name in names)


def _stated(schema: Any) -> Mapping[str, Any]:
    """A subschema; true, which allows anything, and a list for tuples state no type."""
    return schema if isinstance(schema, Mapping) else {}


def _items_typed(value: Sequence[Any], accepted: Sequence[Any], schema: Mapping[str, Any]) -> bool:
    """Items have the declared type, or that of an accepted list's items; here 1 is no number.

    That an integer inside a list does not pass for a number is the checker's rule, not JSON's:
    without it our shares would not be the benchmark's.
    """
    declared = _stated(schema.get("items")).get("type")
    lists = [one for one in accepted if isinstance(one, list)]
    if not isinstance(declared, str) or not lists:
        return True
    kinds = (float,) if declared == "number" else _TYPES.get(declared, ())
    return any({type(item) for item in value} <= {*kinds, *map(type, one[:1])} for one in lists)


def _fits(value: Any, accepted: Any) -> bool:
    """A value against one accepted value, where an object's members have lists of their own.

    The accepted value taken as it stands fits too: what a teacher called has no such lists.
    """
    if same(value, accepted):
        return True
    if isinstance(value, dict) and isinstance(accepted, dict):
        present = all(
            key in accepted and any(same(member, one) for one in _options(accepted[key]))
            for key, member in value.items()
        )
        return present and all(
            key in value or "" in _options(options) for key, options in accepted.items()
        )
    if isinstance(value, list) and isinstance(accepted, list):
        return len(value) == len(accepted) and all(map(_fits, value, accepted))
    return bool(value == [] and accepted == "")


def _options(accepted: Any) -> Sequence[Any]:
    return accepted if isinstance(accepted, list) else [accepted]


def same(value: Any, other: Any) -> bool:
    """Equality of JSON values by BFCL's reading of strings.

    >>> same("San Francisco, CA", "san francisco ca"), same(5, 5.0), same(True, 1)
    (True, True, False)
    """
    if isinstance(value, str) and isinstance(other, str):
        return squash(value) == squash(other)
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(same(value[k], other[k]) for k in value)
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return bool(value == other)


def squash(text: str) -> str:
    """A string as BFCL compares it.

    >>> squash("It's 5 p.m.")
    'it"s5pm'
    """
    return text.translate(_SQUASH).lower()


def pair(
    calls: Sequence[ToolCall],
    expected: Sequence[Mapping[str, Any]],
    schemas: Mapping[str, Mapping[str, Any]],
) -> list[tuple[ToolCall | None, list[Judged]]]:
    """For each expected call the call that answers it, or None, and its judged arguments.

    Order does not matter. As many expected calls as possible get a call that is right in all
    (augmenting paths: Kuhn 1955); of the rest each takes the free call of its tool that has the
    most arguments right.
    """
    table = [
        {
            i: judge_call(call, one, schemas.get(plain_name(one["name"]), {}))
            for i, call in enumerate(calls)
            if plain_name(call.name) == plain_name(one["name"])
        }
        for one in expected
    ]
    right = [[i for i, judged in row.items() if not _faults(judged)] for row in table]
    taken = _largest_matching(right)
    answers = {row: i for i, row in taken.items()}
    for row, options in enumerate(table):
        free = [i for i in options if i not in taken]
        if row not in answers and free:
            best = min(free, key=lambda i: _faults(options[i]))
            answers[row], taken[best] = best, row
    return [
        (calls[answers[row]], options[answers[row]])
        if row in answers
        else (
            None,
            judge_call(None, expected[row], schemas.get(plain_name(expected[row]["name"]), {})),
        )
        for row, options in enumerate(table)
    ]


def _faults(judged: Sequence[Judged]) -> int:
    return sum(one.fault is not None for one in judged)


def _largest_matching(edges: Sequence[Sequence[int]]) -> dict[int, int]:
    """Right vertex → left vertex of a largest matching; `edges[left]` lists the rights."""
    taken: dict[int, int] = {}

    def place(left: int, seen: set[int]) -> bool:
        for right in edges[left]:
            if right not in seen:
                seen.add(right)
                if right not in taken or place(taken[right], seen):
                    taken[right] = left
                    return True
        return False

    for left in range(len(edges)):
        place(left, set())
    return taken
