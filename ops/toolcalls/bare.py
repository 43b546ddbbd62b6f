"""The bare dialect: JSON in the running text, with no mark but its own brackets.

`I will use {"name": "read_file", "arguments": {...}}` is a call; `{"name": "Bob"}` is not: the
name must be an offered tool's and arguments must be there. Inside a value that is not JSON the
search goes on, unless that value was to be a call itself: a piece of a broken call is no call.
"""

import re
from collections.abc import Collection

from ops.toolcalls.call import Span
from ops.toolcalls.found import Found
from ops.toolcalls.scan import Scanner
from ops.toolcalls.shape import calls_in, looks_like_call

_BRACKET = re.compile(r"[{\[]")


def read_bare(scanner: Scanner, start: int, offered: Collection[str]) -> Found:
    """Every bare call of an offered tool from character `start` on; `offered` in plain names."""
    found = Found()
    opened = _BRACKET.search(scanner.text, start)
    while opened and not scanner.spent:
        at = _read_value(scanner, opened.start(), offered, found)
        opened = _BRACKET.search(scanner.text, at)
    return found


def _read_value(scanner: Scanner, at: int, offered: Collection[str], found: Found) -> int:
    """Read the value at `at` into `found`; return where to go on."""
    end = scanner.close(at)
    calls = calls_in(scanner, Span(at, end), "bare") if end is not None else None
    if isinstance(calls, list):
        known = found.sift(calls, offered)
        if known and end is not None:
            found.add(known, Span(at, end))
    elif calls != "shape":
        if not looks_like_call(scanner.text, at, offered):
            return at + 1
        found.fail("truncated" if end is None else "json", at)
    return len(scanner.text) if end is None else end
