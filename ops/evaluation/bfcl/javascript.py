"""JavaScript source of a value as a Python value: what the benchmark reads of simple_javascript.

Restated from bfcl_eval 2026.3.23, ast_eval/type_convertor/js_type_converter.py. What is not of the
declared type stays the text that it is. Lists are read two levels deep, an object ends at its first
closing brace, and elements end at the next comma, whatever quotes they stand in: theirs.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ops.evaluation.bfcl.java import LONGEST, number
from ops.evaluation.bfcl.verdict import CannotJudgeError

TYPES: dict[str, type] = {
    "String": str, "any": str, "integer": int, "Bigint": int, "float": float, "Boolean": bool,
    "dict": dict, "array": list,
}  # fmt: skip
_INTEGER = re.compile(r"-?\d++$")
_FLOAT = re.compile(r"-?\d++(?:\.\d++)?$")
_BIG = re.compile(r"-?\d++n\Z")
_LIST = re.compile(r"\[(.*?)\]|new\s++Array\((.*?)\)")
_INNER = re.compile(r"\[(.*?)\]")
_OPENS = re.compile(r"(\[|new\s++Array\()\s*+\[")
_NEXT = re.compile(r",\s*+\[")
_OBJECT = re.compile(r"\{(.*?)\}")
_SPACE = re.compile(r"\s*+")


def read_javascript(text: str, declared: str, inner: str | None = None) -> Any:
    """The value of an expression of a declared type; `inner` is the type of its elements.

    >>> read_javascript("['a', 'b']", "array", "String"), read_javascript("5", "Bigint")
    (['a', 'b'], '5')

    Raises:
        CannotJudgeError: the benchmark cannot read the type.
    """
    if declared not in TYPES:
        raise CannotJudgeError(f"JavaScript type {declared!r}")
    if len(text) > LONGEST:
        return text
    if declared == "array":
        return _array(text.strip(), inner)
    read = _READERS.get(declared)
    return read(text) if read else text


def _string(text: str) -> str:
    return text[1:-1] if _quoted(text) else text


def _quoted(text: str) -> bool:
    return any(text.startswith(mark) and text.endswith(mark) for mark in "\"'")


def _whole(text: str) -> Any:
    return int(text) if _INTEGER.match(text) else text


def _float(text: str) -> Any:
    return float(text) if _FLOAT.match(text) else text


def _big(text: str) -> Any:
    return int(text[:-1]) if _BIG.match(text) else text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _array(text: str, inner: str | None) -> Any:
    whole = _nested(text)
    if whole is not None:
        rows = [found.strip() for found in _INNER.findall(whole)]
        rows[0] = rows[0].removeprefix("[")
        return [[_untyped(part) for part in row.split(",")] for row in rows]
    found = _LIST.match(text)
    if found is None:
        return text
    held = (found[1] if found[1] is not None else found[2]).strip()
    parts = [part.strip() for part in held.split(",")] if held else []
    return [read_javascript(part, inner) if inner else _untyped(part) for part in parts]


def _nested(text: str) -> str | None:
    """The list of lists that the text begins with: [[..], [..]] or new Array([..], [..]).

    A list inside may hold brackets of its own; of the ways to read them the one is taken in which
    each list, from the first on, ends as early as the rest allows. A line's end is in no list.
    """
    opening = _OPENS.match(text)
    if opening is None:
        return None
    closing = "]" if opening[1] == "[" else ")"
    ends: dict[int, int] = {}
    brackets = [at for at, sign in enumerate(text) if sign == "]" and at >= opening.end()]
    for at in reversed(brackets):
        after = _past_space(text, at + 1)
        following = _NEXT.match(text, after)
        end = _earliest(text, following.end(), ends) if following else None
        if end is None and text.startswith(closing, after):
            end = after + 1
        if end is not None:
            ends[at] = end
    end = _earliest(text, opening.end(), ends)
    return None if end is None else text[:end]


def _earliest(text: str, start: int, ends: dict[int, int]) -> int | None:
    """Where the whole ends if a list that begins at `start` ends as early as it can."""
    line = text.find("\n", start)
    first = min((at for at in ends if at >= start), default=None)
    return None if first is None or -1 < line < first else ends[first]


def _object(text: str) -> Any:
    text = text.strip()
    found = _OBJECT.match(text)
    return dict(_members(found[1])) if found else text


def _members(text: str) -> Iterator[tuple[str, Any]]:
    """Key and value of each member; a value ends at a comma behind which a colon comes next."""
    at = 0
    while True:
        while text.startswith(":", at):
            at += 1
        colon = text.find(":", at)
        if colon == -1:
            return
        start = _past_space(text, colon + 1)
        end, after = _value_end(text, start)
        yield text[at:colon].strip().strip("'\""), _member(text[start:end].strip())
        at = after


def _value_end(text: str, start: int) -> tuple[int, int]:
    """Where a value ends, and where the next key may begin."""
    comma = text.find(",", start)
    while comma != -1:
        following = text.find(",", comma + 1)
        end = len(text) if following == -1 else following
        # A key has a character at least: a colon right behind the comma ends no key.
        if text.find(":", comma + 2, end) != -1:
            key = _past_space(text, comma + 1)
            # Then the key is the space before its colon.
            return comma, key if text.find(":", key + 1, end) != -1 else key - 1
        comma = following
    return len(text), len(text)


def _member(value: str) -> Any:
    if value.startswith("[") and value.endswith("]"):
        return _array(value, None)
    return _untyped(value.strip("'\""))


def _past_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def _untyped(text: str) -> Any:
    """A value of which no type is told: what it looks like."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    return text[1:-1] if _quoted(text) else number(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "String": _string,
    "integer": _whole,
    "float": _float,
    "Bigint": _big,
    "Boolean": _boolean,
    "dict": _object,
}
