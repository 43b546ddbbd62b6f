"""Calls in harmony, the format of gpt-oss, as they stand in the content of a message.

A message of the channel `commentary` whose recipient is a tool (`to=functions.NAME`, in the role or
in the channel) is a call and no reasoning. Reading the call is for ops.toolcalls; which other
messages are reasoning is in cut.py.
Source: openai/harmony, docs/format.md.
"""

import re
from typing import NamedTuple

from ops.toolcalls.scan import Scanner

_RECIPIENT = r"\s*+to=[\w.\-/:]{1,256}+"
_CALL = re.compile(
    rf"(?:<\|start\|>assistant)?+(?P<role>{_RECIPIENT})?+\s*+<\|channel\|>\s*+commentary"
    rf"(?P<channel>{_RECIPIENT})?+\s*+(?:<\|constrain\|>)?+\s*+(?:json)?+\s*+<\|message\|>(?=\s*+\{{)"
)
_CALL_BEGINS = re.compile(r"\A|<\|(?:start|channel)\|>")
_CALL_ENDS = re.compile(r"\s*+<\|(?:call|end|return)\|>")


class Frame(NamedTuple):
    """Where the header of a harmony call, its arguments and its end token end."""

    header: int
    arguments: int
    end: int


def call_at(scanner: Scanner, at: int) -> Frame | None:
    """The harmony call that begins at `at`; one that is cut off ends with the text."""
    header = _CALL.match(scanner.text, at)
    if header is None or not (header["role"] or header["channel"]):
        return None
    end = scanner.close(scanner.skip(header.end()))
    if end is None:
        whole, other = len(scanner.text), scanner.text.find("<|", header.end())
        return Frame(header.end(), whole, whole) if other == -1 else None
    token = _CALL_ENDS.match(scanner.text, end)
    return Frame(header.end(), end, token.end() if token else end)


def without_frames(text: str) -> str:
    """The text with the arguments of harmony calls alone, without their headers and ends."""
    scanner, parts, at = Scanner(text), list[str](), 0
    for begin in _CALL_BEGINS.finditer(text):
        frame = call_at(scanner, begin.start()) if begin.start() >= at else None
        if frame:
            parts += [text[at : begin.start()], "\n", text[frame.header : frame.arguments], "\n"]
            at = frame.end
    return "".join([*parts, text[at:]])
