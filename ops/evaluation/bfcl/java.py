"""Java source of a value as a Python value: what the benchmark reads of simple_java.

Restated from bfcl_eval 2026.3.23, ast_eval/type_convertor/java_type_converter.py. What is not of
the declared type stays the text that it is. Constructions are searched for anywhere in the text, a
`char` is always a text, and elements end at the next comma, whatever quotes they stand in: theirs.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ops.evaluation.bfcl.verdict import CannotJudgeError

LONGEST = 2000
"""Characters; a longer text stays one. What is read takes at most its square in steps."""
TYPES: dict[str, type] = {
    "byte": int, "short": int, "integer": int, "long": int, "float": float, "double": float,
    "boolean": bool, "char": str, "String": str, "any": str, "Array": list, "ArrayList": list,
    "HashMap": dict,
}  # fmt: skip
_INTEGER = re.compile(r"-?\d++$")
_LONG = re.compile(r"-?\d++[lL]$")
_DOUBLE = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?$")
_FLOAT = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?[fF]$")
_LISTED = re.compile(r"new\s++ArrayList<\w*+>\(Arrays\.asList\((.+?)\)\)")
_ADDING = re.compile(r"new\s++ArrayList<\w*+>\(\)\s*+\{\{")
_NO_ITEMS = re.compile(r"new\s++ArrayList<\w*+>\(\)")
_ADDED = re.compile(r"add\((.+?)\)")
_ARRAY = re.compile(r"new\s++\w++\[\]\s*+\{(.*?)\}")
_MAP = re.compile(r"new\s++HashMap<")
_MAP_OPENS = re.compile(r">\s*+\(\)\s*+\{")
_MAP_BARE = re.compile(r">\s*+\(\)")
_SPACE = re.compile(r"\s*+")


def read_java(text: str, declared: str, inner: str | None = None) -> Any:
    """The value of a Java expression of a declared type; `inner` is the type of its elements.

    >>> read_java("new int[]{1, 2}", "Array", "integer"), read_java("5", "long")
    ([1, 2], '5')

    Raises:
        CannotJudgeError: the benchmark cannot read the type.
    """
    if declared not in TYPES:
        raise CannotJudgeError(f"Java type {declared!r}")
    read = _READERS.get(declared)
    if len(text) > LONGEST:
        return text
    if read is not None:
        return read(text)
    if declared == "Array":
        return _array(text, inner)
    return _array_list(text, inner) if declared == "ArrayList" else text


def _whole(text: str) -> Any:
    return int(text) if _INTEGER.match(text) else text


def _long(text: str) -> Any:
    return int(text.rstrip("\n")[:-1]) if _LONG.match(text) else text


def _double(text: str) -> Any:
    return float(text) if _DOUBLE.match(text) else text


def _float(text: str) -> Any:
    return float(text.rstrip("\n")[:-1]) if _FLOAT.match(text) else text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _array(text: str, inner: str | None) -> Any:
    found = _ARRAY.search(text)
    if found is None:
        return text
    parts = [part.strip() for part in found[1].split(",")]
    return [_element(part, inner) for part in parts if part]


def _array_list(text: str, inner: str | None) -> Any:
    listed = _LISTED.search(text)
    if listed:
        return [_quoted_element(part, inner) for part in listed[1].split(",")]
    added = _added(text)
    if added is not None:
        return [_quoted_element(part, inner) for part in _ADDED.findall(added)]
    return [] if _NO_ITEMS.search(text) else text


def _added(text: str) -> str | None:
    """What stands between the double braces of the first list that has any; at least a character.

    Of braces around nothing but space, that space is it.
    """
    opening = _ADDING.search(text)
    if opening is None:
        return None
    start = _past_space(text, opening.end())
    end = text.find("}}", start + 1)
    if end != -1:
        return text[start:end]
    return "" if start > opening.end() and text.startswith("}}", start) else None


def _quoted_element(part: str, inner: str | None) -> Any:
    """An element of a list: of one that holds texts, without its first and last character."""
    part = part.strip()
    return part[1:-1] if inner in ("char", "String") else _element(part, inner)


def _element(part: str, inner: str | None) -> Any:
    return read_java(part, inner) if inner else _untyped(part)


def _map(text: str) -> Any:
    begins = _MAP.search(text)
    if begins is None:
        return text
    opening = _MAP_OPENS.search(text, begins.end())
    end = text.find("}", opening.end()) if opening else -1
    if opening and end != -1:
        return {key: _untyped(value.strip()) for key, value in _puts(text[opening.end() : end])}
    return {} if _MAP_BARE.search(text, begins.end()) else text


def _puts(text: str) -> Iterator[tuple[str, str]]:
    """Key and value of each put("key", value); neither goes over a line's end."""
    at = 0
    while (start := text.find('put("', at)) != -1:
        found = _put(text, start + len('put("'))
        if found is None:
            # Nor has another one on this line its parenthesis.
            at = _line_end(text, start)
        else:
            key, value, at = found
            yield key, value


def _put(text: str, start: int) -> tuple[str, str, int] | None:
    line = _line_end(text, start)
    comma = text.find('",', start, line)
    while comma != -1:
        value = _past_space(text, comma + 2)
        end = text.find(")", value, _line_end(text, value))
        if end != -1:
            return text[start:comma], text[value:end], end + 1
        comma = text.find('",', comma + 1, line)
    return None


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return len(text) if found == -1 else found


def _past_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def _untyped(text: str) -> Any:
    """A value of which no type is told: what it looks like."""
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    if _LONG.match(text):
        return _long(text)
    if _FLOAT.match(text):
        return _float(text)
    return number(text)


def number(text: str) -> Any:
    """As Python reads a number; else the text."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("byte", "short", "integer"), _whole),
    "long": _long,
    "float": _float,
    "double": _double,
    "boolean": _boolean,
    "HashMap": _map,
}
