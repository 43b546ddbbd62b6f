"""The dialect of gpt-oss, harmony: a message to a tool is a call.

    <|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>commentary
    to=functions.add <|constrain|>json<|message|>{"a": 1}<|call|>           (in one line)

The recipient stands in the role or in the channel of the header; `json` stands there with or
without its mark; a commentary without recipient is words for the user. What the analysis channel
says is reasoning: neither words nor a place for calls, unless it is to a tool (browser, python).
Source: openai/harmony, docs/format.md; sglang, harmony_parser.py. A server that drops special
tokens leaves `commentary to=functions.add json{...}`, which is read too.
"""

import re

from ops.toolcalls.call import Span
from ops.toolcalls.found import Found
from ops.toolcalls.frame import Frame, Name, read_frame
from ops.toolcalls.offer import Offer
from ops.toolcalls.scan import Scanner

_START, _CHANNEL, _MESSAGE = "<|start|>", "<|channel|>", "<|message|>"
_RECIPIENT = "to=functions."
_ENDS = ("<|call|>", "<|end|>", "<|return|>")
MARKERS: tuple[str, ...] = (_START, _CHANNEL, _RECIPIENT)

_HEADER = 300  # characters; no header is longer
_TO = re.compile(r"\bto=(?:functions\.)?+([\w.\-/:]{1,256}+)(?=\s|<|\Z)")
_PLAIN = re.compile(r"to=functions\.([\w.\-/:]{1,256}+)\s*+(?:json)?+\s*+(?=\{)")
_ANALYSIS = re.compile(r"<\|channel\|>\s*+analysis\b")
# What stands before the recipient where the special tokens are gone.
_HEAD = re.compile(r"(?:assistant)?+(?:commentary|analysis)?+\s*+\Z")
_CUT = re.compile(
    r"(?:<\|(?:start|channel|constrain)\|>|to=[\w.\-/:]++|(?:assistant|commentary|analysis|final)\b"
    r"|json\b|\s++)*+(?:<[|a-z]*+\|?+|\w{1,12}+=?+)?+\Z"
)
_NEXT = re.compile(r"<\|(?:call|end|return|start|channel)\|>")


def read(scanner: Scanner, at: int, offer: Offer, found: Found) -> int | None:
    """Read one message: its call, its words, or the reasoning that is left out."""
    text = scanner.text
    message = text.find(_MESSAGE, at, at + _HEADER)
    if message == -1 or any(tag in text[at:message] for tag in _ENDS):
        return _read_without_message(scanner, at, found)
    start = message + len(_MESSAGE)
    name = _TO.search(text, at, message)
    if name is None or name[1] == "assistant":
        hidden = name is not None or _ANALYSIS.search(text, at, message) is not None
        return _skip_message(text, Span(at, start), hidden, found)
    frame = Frame("harmony", at, _ENDS)
    return read_frame(scanner, start, frame, found, Name(name[1], Span(*name.span(1))))


def _read_without_message(scanner: Scanner, at: int, found: Found) -> int | None:
    """A header that is cut off, one that lost its special tokens, or no header at all."""
    text = scanner.text
    if plain := _PLAIN.match(text, at):
        name = Name(plain[1], Span(*plain.span(1)))
        opened = _plain_start(text, at, found)
        return read_frame(scanner, plain.end(), Frame("harmony", opened), found, name)
    if len(text) - at > _HEADER or not _CUT.match(text, at):
        return None
    if "to=" in text[at:]:
        found.fail("truncated", at)
    found.skip(Span(at, len(text)))
    return len(text)


def _plain_start(text: str, at: int, found: Found) -> int:
    taken = found.taken[-1].end if found.taken else 0
    head = _HEAD.search(text, max(taken, at - len("assistantcommentary ")), at)
    return head.start() if head and head[0].strip() else at


def _skip_message(text: str, header: Span, hidden: bool, found: Found) -> int:
    """Leave out the header and the end tag of a message without a call; all of it if `hidden`."""
    end = _NEXT.search(text, header.end)
    stop = end.start() if end else len(text)
    behind = end.end() if end and end[0] in _ENDS else stop
    if hidden:
        found.skip(Span(header.start, behind))
    else:
        found.skip(header)
        found.skip(Span(stop, behind))
    return behind
