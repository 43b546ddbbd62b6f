"""Read the tool calls out of an answer's text: explicit tags first, then fences, then bare JSON.

Not here: calls that came through the API's own field (message.py), and the judgement whether a
call is right (validate.py). Other dialects (pythonic, XML, vendor tokens) are read as words.
"""

from collections.abc import Collection

from ops.toolcalls.bare import read_bare
from ops.toolcalls.call import Reading, plain_name
from ops.toolcalls.fenced import read_fenced
from ops.toolcalls.found import Found
from ops.toolcalls.hermes import OPEN, read_hermes
from ops.toolcalls.scan import MAX_TEXT, Scanner

_THINK = "<think>"
_THOUGHT = "</think>"


def read_calls(text: str, offered: Collection[str]) -> Reading:
    """The calls in `text`, the words around them, and the first call that is broken.

    The first dialect that finds anything is the only one read. A text over MAX_TEXT characters is
    not read at all and counts as truncated there. Reasoning before the answer is neither words
    nor a place for calls.

    >>> read_calls('Sure. {"name": "add", "arguments": {"a": 1}}', {"add"}).calls[0].arguments
    {'a': 1}
    """
    if len(text) > MAX_TEXT:
        return Reading(prose=text[:MAX_TEXT], broken="truncated", broken_at=MAX_TEXT)
    start = _answer_start(text)
    names = {plain_name(name) for name in offered}
    tag = text.find(OPEN, start)
    others = (read_fenced(Scanner(text), start, names), read_bare(Scanner(text), start, names))
    for found in others:
        if tag == -1 and (found.calls or found.broken or found.invented):
            return found.reading(text, start)
        if any(region.start < tag < region.end for region in found.taken):
            return found.reading(text, start)  # the tag is part of a string of that call
    found = read_hermes(Scanner(text), start) if tag != -1 else Found()
    return found.reading(text, start)


def _answer_start(text: str) -> int:
    """Where the answer begins after reasoning, whose opening tag a server may have swallowed."""
    end = text.find(_THOUGHT)
    if text.lstrip().startswith(_THINK):
        return len(text) if end == -1 else end + len(_THOUGHT)
    inside = -1 < text.find(OPEN) < end or "{" in text[: max(end, 0)]
    return 0 if end == -1 or inside else end + len(_THOUGHT)
