"""The fenced dialect: JSON between two lines of three backticks, as instruction models write it.

Read are fences marked json, tool_call or not at all; one object, several, or a list in each. The
JSON is walked before the closing fence is looked for: a string argument may hold backticks.
"""

import re

from ops.toolcalls.call import Span, ToolCall
from ops.toolcalls.found import Found
from ops.toolcalls.offer import Offer
from ops.toolcalls.repair import repair_calls
from ops.toolcalls.scan import Scanner
from ops.toolcalls.shape import calls_in, looks_like_call

FENCE = "```"
_MARKED = re.compile(r"```(?:json|tool_calls?)?+[ \t]*+(?=[\r\n{\[])", re.IGNORECASE)


def read_fenced(scanner: Scanner, start: int, offer: Offer) -> Found:
    """Every fenced call of an offered tool from character `start` on."""
    found = Found()
    at = scanner.text.find(FENCE, start)
    while at != -1 and not scanner.spent:
        marked = _MARKED.match(scanner.text, at)
        inside = marked.end() if marked else at + len(FENCE)
        stop = _read_fence(scanner, Span(at, inside), offer, found) if marked else inside
        # A fence in another language ends at its own closing fence, which opens nothing.
        if stop == inside:
            stop = _after_fence(scanner, inside)
        at = scanner.text.find(FENCE, stop)
    return found


def _read_fence(scanner: Scanner, opening: Span, offer: Offer, found: Found) -> int:
    """Read one fence into `found`; return its end, or `opening.end` where it holds no JSON."""
    at, last, calls = scanner.skip(opening.end), opening.end, list[ToolCall]()
    while scanner.opens(at):
        end = scanner.close(at)
        read = calls_in(scanner, Span(at, end), "fenced", offer) if end is not None else None
        if isinstance(read, list):
            calls += found.sift(read, offer)
        elif read != "shape":
            _fail(scanner, at, offer, found)
        if end is None:
            break
        last, at = end, scanner.skip(end)
        at = scanner.skip(at + 1) if scanner.text[at : at + 1] in {",", ";"} else at
    closed = scanner.text.startswith(FENCE, at)
    stop = at + len(FENCE) if closed else last
    if calls:
        found.add(calls, Span(opening.start, stop), complete=closed)
        return stop if closed else _skip_stray(scanner, stop, found)
    return stop if closed else opening.end


def _skip_stray(scanner: Scanner, end: int, found: Found) -> int:
    """Leave out the closing fence behind words, which would open one; return where to go on."""
    at = scanner.text.find(FENCE, end)
    after = at + len(FENCE)
    if at == -1 or scanner.text[after : after + 1].isalpha():
        return end
    found.skip(Span(at, after))
    return after


def _fail(scanner: Scanner, at: int, offer: Offer, found: Found) -> None:
    if looks_like_call(scanner.text, at, offer):
        closing = scanner.text.find(FENCE, at)
        found.fail("truncated" if closing == -1 else "json", at)
        if closing != -1:
            span = Span(at, at + len(scanner.text[at:closing].rstrip()))
            repaired = repair_calls(scanner, span, span, "fenced")
            found.repaired += [call for call in repaired if call.name in offer]


def _after_fence(scanner: Scanner, at: int) -> int:
    closing = scanner.text.find(FENCE, at)
    return len(scanner.text) if closing == -1 else closing + len(FENCE)
