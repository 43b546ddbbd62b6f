"""The values of a call's arguments, apart from their structure: where each leaf of the JSON stands.

A string is its characters between the quotes, as they are escaped; a number, true, false or null is
all of itself. An empty string has no characters, hence no place. Found by the scanner that reads
the calls. Not here: which text the arguments are (extract.py).
"""

from collections.abc import Iterator
from typing import NamedTuple

from ops.toolcalls.parse import parse_json
from ops.toolcalls.scan import Scanner


class Value(NamedTuple):
    """A leaf: its JSON pointer (RFC 6901) in the arguments, and its characters [start, end)."""

    path: str
    start: int
    end: int


def values(text: str) -> list[Value]:
    """The leaves of the object that the text is, in the order in which json.loads gives them.

    A text that is no JSON object, as the arguments of an untyped dialect are, has none.

    >>> values('{"city": "Oslo", "days": [1, ""]}')
    [Value(path='/city', start=10, end=14), Value(path='/days/0', start=26, end=27)]
    """
    try:
        if not isinstance(parse_json(text), dict):
            return []
    except ValueError:
        return []
    scanner = Scanner(text)
    return list(_leaves(scanner, scanner.skip(0), ""))


def _leaves(scanner: Scanner, at: int, path: str) -> Iterator[Value]:
    if scanner.text[at] == "{":
        # Of equal keys the last counts, in the place of the first: as json.loads has it.
        members = {member.key: member.start for member in scanner.members(at)}
        for key, start in members.items():
            yield from _leaves(scanner, start, f"{path}/{_escaped(key)}")
    elif scanner.text[at] == "[":
        for number, start in enumerate(scanner.items(at)):
            yield from _leaves(scanner, start, f"{path}/{number}")
    else:
        end, quote = scanner.end_of(at), int(scanner.text[at] == '"')
        if at + quote < end - quote:
            yield Value(path, at + quote, end - quote)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
