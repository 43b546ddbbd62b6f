"""What a tool call is once it has been read, whatever the dialect it was written in.

Reading is in read.py and message.py, writing in render.py, judging in validate.py.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Dialect = Literal["openai", "hermes", "fenced", "bare"]
Broken = Literal["truncated", "json", "shape"]


class Span(NamedTuple):
    """Characters [start, end) of the text that was read, as in `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of one tool. The spans are None for a call of the API, which has no source text.

    `arguments` is None where the call holds something other than a JSON object there.
    `name_at` covers the name without its quotes, `arguments_at` the JSON value of the arguments,
    `call` the whole call with its tags. `complete` says that the closing tag or fence was there;
    the JSON is whole in any case, or there would be no call.
    """

    name: str
    arguments: dict[str, Any] | None
    arguments_text: str
    dialect: Dialect
    call: Span | None = None
    name_at: Span | None = None
    arguments_at: Span | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """The calls of one answer, the words around them, and the first call that could not be read.

    `broken`: "truncated" = the text ends inside the call, "json" = it is not JSON,
    "shape" = it is JSON, but without a name and arguments. `broken_at` is a character offset,
    None for a call of the API. `invented` holds what has a call's shape, no tags, and no offered
    tool's name: it is no call, but an answer made of it is no answer in words either.
    """

    calls: tuple[ToolCall, ...] = ()
    prose: str = ""
    broken: Broken | None = None
    broken_at: int | None = None
    invented: tuple[ToolCall, ...] = ()


def plain_name(name: str) -> str:
    """The name as it is compared: the chat API allows no dots in a function's name.

    >>> plain_name("math.factorial")
    'math_factorial'
    """
    return name.replace(".", "_")
