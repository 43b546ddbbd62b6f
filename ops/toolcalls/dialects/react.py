"""The ReAct dialect: `Action: NAME` and its input on lines of their own.

    Thought: I look it up.
    Action: search
    Action Input: {"q": "x"}
    Observation:

Source: Yao et al. 2023, ReAct (https://arxiv.org/abs/2210.03629), for `Action: search[x]`;
LangChain, agents/react, and Qwen-Agent's ReAct prompt for the lines above. The lines are words that
prose could hold, so the tool must be offered. An input that is no JSON is the one argument of a
tool that has one (or requires one); at the end of the text nobody knows whether it is whole.
"""

import re
from typing import NamedTuple

from ops.toolcalls.call import Span, ToolCall
from ops.toolcalls.coerce import coerce
from ops.toolcalls.dialects import pythonic
from ops.toolcalls.found import Found
from ops.toolcalls.frame import Frame, Name, read_frame
from ops.toolcalls.offer import Offer
from ops.toolcalls.parse import check_value, parse_json
from ops.toolcalls.scan import Scanner

_ACTION = re.compile(
    r"^[ \t]*+(?:\*\*)?+Action(?: \d{1,3})?+:(?:\*\*)?+[ \t]*+[`\"'\[]?+([\w.\-/:]{1,256}+)",
    re.MULTILINE,
)
_INPUT = re.compile(
    r"[`\"'\]]?+\s*+(?:\*\*)?+Action Input(?: \d{1,3})?+:(?:\*\*)?+[ \t]*+", re.IGNORECASE
)
_BRACKETS = re.compile(r"\[([^\r\n]*)\][ \t]*+$", re.MULTILINE)
_FENCE = re.compile(r"\s*+```(?:json)?+\s*+(?=\{)")
_LABEL = re.compile(r"^[ \t]*+(?:Observation|Thought|Action|Final Answer)\b", re.MULTILINE)


class _Action(NamedTuple):
    """One action: its frame, its tool, and where what was read of it ends."""

    frame: Frame
    name: Name
    end: int


def read_react(scanner: Scanner, start: int, offer: Offer) -> Found:
    """Every action from character `start` on; those of tools that were not offered are invented."""
    found = Found()
    action = _ACTION.search(scanner.text, start)
    while action:
        read = found if action[1] in offer else Found()
        at = _read_action(scanner, action, offer, read)
        if read is not found:
            found.invented += read.calls
        action = _ACTION.search(scanner.text, max(at, action.end()))
    return found


def _read_action(scanner: Scanner, action: re.Match[str], offer: Offer, found: Found) -> int:
    text, name = scanner.text, Name(action[1], Span(*action.span(1)))
    frame = Frame("react", action.start(), until="\nObservation")
    given = _INPUT.match(text, action.end())
    if given is None:
        return _read_line(scanner, _Action(frame, name, action.end()), offer, found)
    fence = _FENCE.match(text, given.end())
    start = fence.end() if fence else scanner.skip(given.end())
    if text.startswith("{", start):
        frame = frame._replace(closes=("```",)) if fence else frame
        return read_frame(scanner, start, frame, found, name)
    return _read_text(scanner, _Action(frame, name, given.end()), offer, found)


def _read_text(scanner: Scanner, action: _Action, offer: Offer, found: Found) -> int:
    """Read an input that is no JSON: it ends where the next label begins a line."""
    text, start, opened = scanner.text, action.end, action.frame.opened
    label = _LABEL.search(text, start)
    end = label.start() if label else len(text)
    call = _call_of_text(scanner, Span(start, end), action.name, offer)
    if call is None:
        found.fail("truncated" if scanner.skip(start) == len(text) else "shape", opened)
    else:
        found.add([call], Span(opened, end), complete=label is not None)
    return end


def _read_line(scanner: Scanner, action: _Action, offer: Offer, found: Found) -> int:
    """Read an action that has its input on the same line: `search[x]` or `search(q='x')`."""
    at, opened = action.end, action.frame.opened
    if scanner.text.startswith("(", at):
        return pythonic.read_one(scanner, at, action.frame, action.name, found)
    line = _BRACKETS.match(scanner.text, at)
    call = _call_of_text(scanner, Span(*line.span(1)), action.name, offer) if line else None
    if line and call:
        found.add([call], Span(opened, line.end()))
        return line.end()
    if scanner.cut(scanner.skip(at), ("Action Input:",)):
        found.fail("truncated", opened)
    return at


def _call_of_text(scanner: Scanner, span: Span, name: Name, offer: Offer) -> ToolCall | None:
    """The call whose one argument is the text at `span`; None if the tool takes no such call."""
    source = scanner.text[span.start : span.end]
    text, parameter = source.strip(), offer.only_parameter(name.text)
    if parameter is None or not text:
        return None
    start = span.start + source.index(text)
    kind = offer.parameter(name.text, parameter)
    try:
        value = check_value(coerce(_unquoted(text), kind, offer.schema(name.text)))
    except ValueError:
        return None
    at = Span(start, start + len(text))
    return ToolCall(name.text, {parameter: value}, text, "react", span, name.at, at)


def _unquoted(text: str) -> str:
    if text[0] != '"':
        return text
    try:
        value = parse_json(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
