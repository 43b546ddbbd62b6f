"""The Hermes dialect: `<tool_call>` JSON `</tool_call>`, one pair of tags a call.

Source: the chat templates of Hermes 2 Pro, Qwen2.5 and Qwen3. The JSON is walked, never searched
for its closing tag: a string argument may hold that tag. A list inside one pair of tags is read
too, and a closing tag that is missing after whole JSON.
"""

from ops.toolcalls.call import Span
from ops.toolcalls.found import Found
from ops.toolcalls.scan import Scanner
from ops.toolcalls.shape import calls_in

OPEN = "<tool_call>"
CLOSE = "</tool_call>"


def read_hermes(scanner: Scanner, start: int) -> Found:
    """Every tagged call from character `start` on; a tag makes a call even of an unknown tool."""
    found = Found()
    at = scanner.text.find(OPEN, start)
    while at != -1:
        at = scanner.text.find(OPEN, _read_tag(scanner, at, found))
    return found


def _read_tag(scanner: Scanner, opened: int, found: Found) -> int:
    """Read the tag opened at `opened` into `found`; return where to look for the next one."""
    start = scanner.skip(opened + len(OPEN))
    if not scanner.opens(start):
        found.fail("truncated" if start == len(scanner.text) else "json", opened)
        return start
    end = scanner.close(start)
    if end is None:
        closed = scanner.text.find(CLOSE, start)
        found.fail("truncated" if closed == -1 else "json", opened)
        return len(scanner.text) if closed == -1 or scanner.spent else closed + len(CLOSE)
    after = scanner.skip(end)
    closing = scanner.text.startswith(CLOSE, after)
    stop = after + len(CLOSE) if closing else end
    calls = calls_in(scanner, Span(start, end), "hermes")
    if isinstance(calls, str):
        found.fail(calls, opened)
    else:
        found.add(calls, Span(opened, stop), complete=closing)
    return stop
