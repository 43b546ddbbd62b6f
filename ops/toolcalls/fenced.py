"""The fenced dialect: JSON between two lines of three backticks, as instruction models write it.

Read are fences marked json, tool_call or not at all; one object, several, or a list in each. The
JSON is walked before the closing fence is looked for: a string argument may hold backticks.
"""

import re
from collections.abc import Collection

from ops.toolcalls.call import Span, ToolCall
from ops.toolcalls.found import Found
from ops.toolcalls.scan import Scanner
from ops.toolcalls.shape import calls_in, looks_like_call

FENCE = "```"
_MARKED = re.compile(r"```(?:json|tool_calls?)?+[ \t]*+(?=[\r\n{\[])", re.IGNORECASE)


def read_fenced(scanner: Scanner, start: int, offered: Collection[str]) -> Found:
    """Every fenced call of an offered tool from character `start` on; `offered` in plain names."""
    found = Found()
    at = scanner.text.find(FENCE, start)
    while at != -1 and not scanner.spent:
        marked = _MARKED.match(scanner.text, at)
        inside = marked.end() if marked else at + len(FENCE)
        stop = _read_fence(scanner, Span(at, inside), offered, found) if marked else inside
        # A fence in another language ends at its own closing fence, which opens nothing.
        if stop == inside:
            stop = _after_fence(scanner, inside)
        at = scanner.text.find(FENCE, stop)
    return found


def _read_fence(scanner: Scanner, opening: Span, offered: Collection[str], found: Found) -> int:
    """Read one fence into `found`; return its end, or `opening.end` where it holds no JSON."""
    at, calls = scanner.skip(opening.end), list[ToolCall]()
    while scanner.opens(at):
        end = scanner.close(at)
        read = calls_in(scanner, Span(at, end), "fenced") if end is not None else None
        if isinstance(read, list):
            calls += found.sift(read, offered)
        elif read != "shape":
            _fail(scanner, at, offered, found)
        if end is None:
            break
        at = scanner.skip(end)
        at = scanner.skip(at + 1) if scanner.text[at : at + 1] in {",", ";"} else at
    closed = scanner.text.startswith(FENCE, at)
    stop = at + len(FENCE) if closed else at
    if calls:
        found.add(calls, Span(opening.start, stop), complete=closed)
    return stop if closed or calls else opening.end


def _fail(scanner: Scanner, at: int, offered: Collection[str], found: Found) -> None:
    if looks_like_call(scanner.text, at, offered):
        closed = scanner.text.find(FENCE, at) != -1
        found.fail("json" if closed else "truncated", at)


def _after_fence(scanner: Scanner, at: int) -> int:
    closing = scanner.text.find(FENCE, at)
    return len(scanner.text) if closing == -1 else closing + len(FENCE)
