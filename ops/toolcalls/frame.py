"""Read a call that is JSON inside a frame of tags: what most of the dialects share.

Either the JSON is the call (or a list of calls), or the tags name the tool and the JSON is its
arguments. The JSON is walked, never searched for its closing tag: a string may hold that tag.
"""

from dataclasses import replace
from typing import NamedTuple

from ops.toolcalls.call import Broken, Dialect, Span, ToolCall
from ops.toolcalls.found import Found
from ops.toolcalls.parse import parse_json
from ops.toolcalls.repair import repair_arguments, repair_calls
from ops.toolcalls.scan import MAX_REPAIR, Scanner
from ops.toolcalls.shape import calls_in


class Name(NamedTuple):
    """The name of a tool, and where it stands."""

    text: str
    at: Span


class Frame(NamedTuple):
    """The tags around one value.

    `opened` is where the first tag begins; `closes` are closing tags, any of which may follow, none
    = the dialect has none. `until` is what ends a value that cannot be read where there is no
    closing tag: the next opening one.
    """

    dialect: Dialect
    opened: int
    closes: tuple[str, ...] = ()
    until: str = ""

    @property
    def boundary(self) -> str:
        """What stands behind a value that does not end by itself; "" = nothing can."""
        return self.closes[0] if self.closes else self.until


def read_frame(
    scanner: Scanner, start: int, frame: Frame, found: Found, name: Name | None = None
) -> int:
    """Read the JSON value at or after `start` into `found`; return where to go on.

    With `name` the value is the arguments object of that tool, without it a call or a list of them.
    """
    start = scanner.skip(start)
    if not scanner.opens(start):
        found.fail("truncated" if start == len(scanner.text) else "json", frame.opened)
        return start
    end = scanner.close(start)
    if end is None:
        return _read_unclosed(scanner, start, frame, found, name)
    stop, closed = find_closing(scanner, end, frame)
    calls = _calls(scanner, Span(start, end), frame, name)
    if not isinstance(calls, str):
        found.add(calls, Span(frame.opened, stop), complete=closed)
        return stop if closed else _skip_stray(scanner, stop, frame, found)
    found.fail(calls, frame.opened)
    if calls == "json":
        # Brackets of what is no JSON mean little: what to repair ends at the tag, if there is one.
        tag = scanner.text.find(frame.boundary, end, end + MAX_REPAIR) if frame.boundary else -1
        found.repaired += _repair(scanner, Span(start, max(end, tag)), frame, name)
    return stop


def read_section(
    scanner: Scanner, at: int, opens: str, inner: tuple[str, ...], found: Found
) -> int:
    """Read the tag `opens` at `at`, behind which one of the tags `inner` must stand."""
    after = scanner.skip(at + len(opens))
    found.skip(Span(at, after))
    if not scanner.text.startswith(inner, after):
        found.fail("truncated" if scanner.cut(after, inner) else "json", at)
    return after


def find_closing(scanner: Scanner, end: int, frame: Frame) -> tuple[int, bool]:
    """The end of the call with its closing tag, and whether the dialect's closing tag is there."""
    after = scanner.skip(end)
    for tag in frame.closes:
        if scanner.text.startswith(tag, after):
            return after + len(tag), True
    return end, not frame.closes


def _skip_stray(scanner: Scanner, end: int, frame: Frame, found: Found) -> int:
    """Leave out a closing tag that has words before it, which stay words; return where to go on."""
    window = scanner.text[end : end + MAX_REPAIR]
    tags = [(at, tag) for tag in frame.closes if (at := window.find(tag)) != -1]
    at, tag = min(tags, default=(-1, ""))
    # What begins as the tag does may be another call's first tag.
    if at == -1 or tag[0] in window[:at]:
        return end
    found.skip(Span(end + at, end + at + len(tag)))
    return end + at + len(tag)


def _read_unclosed(
    scanner: Scanner, start: int, frame: Frame, found: Found, name: Name | None
) -> int:
    """A value that has no end by its brackets: truncated, unless a tag says where it ends."""
    text, boundary = scanner.text, frame.boundary
    end = text.find(boundary, start) if boundary else -1
    found.fail("truncated" if end == -1 else "json", frame.opened)
    if end == -1:
        return len(text)
    found.repaired += _repair(scanner, Span(start, end), frame, name)
    stop = end + len(boundary) if frame.closes else end
    return len(text) if scanner.spent else stop


def _calls(
    scanner: Scanner, span: Span, frame: Frame, name: Name | None
) -> list[ToolCall] | Broken:
    if name is None:
        return calls_in(scanner, span, frame.dialect)
    try:
        value = parse_json(scanner.text[span.start : span.end])
    except ValueError:
        return "json"
    return [_named(scanner, span, frame, name, value)] if isinstance(value, dict) else "shape"


def _named(
    scanner: Scanner, span: Span, frame: Frame, name: Name, value: dict[str, object] | None = None
) -> ToolCall:
    return ToolCall(
        name=name.text,
        arguments=value,
        arguments_text=scanner.text[span.start : span.end],
        dialect=frame.dialect,
        call=Span(frame.opened, span.end),
        name_at=name.at,
        arguments_at=span,
    )


def _repair(scanner: Scanner, broken: Span, frame: Frame, name: Name | None) -> list[ToolCall]:
    """The calls that were meant by the value at `broken`, which ends there; [] if none."""
    text = scanner.text[broken.start : broken.end].rstrip().removesuffix("```").rstrip()
    opening = scanner.text[frame.opened : broken.start].rstrip()
    if opening and opening in text:
        return []  # another call begins before the tag, which is that one's
    span = Span(broken.start, broken.start + len(text))
    stop, closed = find_closing(scanner, span.end, frame)
    if name is None:
        calls = repair_calls(scanner, span, Span(frame.opened, stop), frame.dialect)
    else:
        call = _named(scanner, span, frame, name)
        calls = repair_arguments(scanner, replace(call, call=Span(frame.opened, stop)), span)
    return [replace(call, complete=closed) for call in calls]
