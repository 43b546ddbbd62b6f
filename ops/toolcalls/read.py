"""Read the tool calls out of an answer's text, whatever model wrote it.

Explicit marks first: the special tokens and tags of eleven families, in one pass, each read by its
own dialect. Without a mark: fences, then ReAct's lines, then JSON or Python calls in the running
text, where only an offered tool's name makes a call. Not here: calls that came through the API's
own field (message.py), and the judgement whether a call is right (validate.py).
"""

import re
from collections.abc import Collection

from ops.toolcalls.call import Reading
from ops.toolcalls.dialects.bare import read_bare
from ops.toolcalls.dialects.fenced import read_fenced
from ops.toolcalls.dialects.react import read_react
from ops.toolcalls.dialects.registry import MARK, read_marked
from ops.toolcalls.found import Found
from ops.toolcalls.offer import Offer
from ops.toolcalls.scan import MAX_TEXT, Scanner

_THOUGHTS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"))

# Without one of these before the first mark, no call without marks can hold it.
_UNMARKED = re.compile(r"[{\[]|```|Action")


def read_calls(text: str, offered: Collection[str]) -> Reading:
    """The calls in `text`, the words around them, and the first call that is broken.

    `offered` are the names of the tools, or a mapping from them to the OpenAI definitions: then
    values that their dialect writes without a type get that of the tool's schema.

    Calls with marks are read whatever family each is of; of the dialects without, the first that
    finds anything is the only one read. A text over MAX_TEXT characters is not read at all and
    counts as truncated there. Reasoning before the answer is neither words nor a place for calls.

    >>> read_calls('Sure. {"name": "add", "arguments": {"a": 1}}', {"add"}).calls[0].arguments
    {'a': 1}
    >>> read_calls('[TOOL_CALLS]add[ARGS]{"a": 1}', {"add"}).calls[0].dialect
    'mistral'
    """
    if len(text) > MAX_TEXT:
        return Reading(prose=text[:MAX_TEXT], broken="truncated", broken_at=MAX_TEXT)
    offer = Offer(offered)
    opened, end = _thought(text)
    found = _read(text, end, offer)
    if end and not opened:
        whole = _read(text, 0, offer)
        if _holds(whole, end) or (_cut_before(whole, end) and not found.something):
            return whole.reading(text, 0)
    return found.reading(text, end)


def _read(text: str, start: int, offer: Offer) -> Found:
    mark = MARK.search(text, start)
    marked = read_marked(Scanner(text), start, offer) if mark else Found()
    if mark and marked.something and not _UNMARKED.search(text, start, mark.start()):
        return marked
    unmarked = []
    for read in (read_fenced, read_react, read_bare):
        found = read(Scanner(text), start, offer)
        if found.something:
            unmarked.append(found)
        # The mark is part of a string of that call.
        if mark and any(region.start < mark.start() < region.end for region in found.taken):
            return found
    # A mark may stand in prose that is no call of its dialect at all.
    return marked if marked.something or not unmarked else unmarked[0]


def _thought(text: str) -> tuple[bool, int]:
    """Whether the text opens with reasoning, and where it ends; 0 if there is none.

    A server may have swallowed the opening tag; or the closing one is part of a call.
    """
    for opening, closing in _THOUGHTS:
        at = text.find(closing)
        end = at + len(closing)
        if text.lstrip().startswith(opening):
            return True, len(text) if at == -1 else end
        if at != -1:
            return False, end
    return False, 0


def _holds(found: Found, end: int) -> bool:
    """Whether the tag that ends at `end` stands within something that was read."""
    return any(region.start < end <= region.end for region in found.taken)


def _cut_before(found: Found, end: int) -> bool:
    return found.broken == "truncated" and (found.broken_at or 0) < end
