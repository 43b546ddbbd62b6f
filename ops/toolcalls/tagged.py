"""Read a call that writes each argument between tags of its own, untyped.

`<parameter=city>Rome</parameter>`: a value is raw text, nothing in it is escaped, and it may hold
any tag. So a closing tag counts only where the call goes on behind it as it must; a value whose
closing tag was forgotten ends where the next parameter begins on a line of its own, or where the
call ends. Which family writes which tags is for dialects/ to say.

What no reader can tell: a value that holds the whole rest of a call, tags and all, ends there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ops.toolcalls.call import Broken, Dialect, Span, ToolCall
from ops.toolcalls.coerce import coerce
from ops.toolcalls.offer import Offer
from ops.toolcalls.parse import check_value
from ops.toolcalls.scan import Scanner

_TAG = 600  # characters; no opening tag of a parameter is longer


@dataclass(frozen=True, slots=True)
class Form:
    """The tags of one dialect.

    `opens` matches the opening tag of a parameter, its group 1 is the key; it begins with the text
    `begins` and ends with `opened`. `closes` is the closing tag and `ends` that of the call;
    `follows` are the tags that may stand behind `ends`. With `lines`, one newline at each end of a
    value belongs to the tags.
    """

    dialect: Dialect
    opens: re.Pattern[str]
    begins: str
    opened: str
    closes: str
    ends: str
    follows: tuple[str, ...]
    lines: bool = False

    @property
    def stops(self) -> re.Pattern[str]:
        """Any tag at which a value may end."""
        tags = f"{re.escape(self.closes)}|{re.escape(self.ends)}"
        return re.compile(rf"{tags}|(?<=\n){self.opens.pattern}")


class Parameters(NamedTuple):
    """Texts by key, where they stand with their tags, and where the call ends.

    `closed` says that no closing tag was missing.
    """

    texts: Mapping[str, str]
    span: Span
    end: int
    closed: bool


class _Value(NamedTuple):
    end: int
    after: int
    closed: bool


def read_tagged(
    scanner: Scanner, name: re.Match[str], form: Form, offer: Offer
) -> tuple[ToolCall, int] | Broken:
    """The call whose parameters follow `name` (group 1 is the name itself), and where it ends.

    "truncated" if the text ends in it, "json" if something else stands between its parameters or a
    value holds a character that no file can.
    """
    parameters = _read_parameters(scanner, name.end(), form)
    if isinstance(parameters, str):
        return parameters
    try:
        arguments = _typed(name[1], parameters.texts, offer)
    except ValueError:
        return "json"
    call = ToolCall(
        name=name[1],
        arguments=arguments,
        arguments_text=scanner.text[parameters.span.start : parameters.span.end],
        dialect=form.dialect,
        call=Span(name.start(), parameters.end),
        name_at=Span(*name.span(1)),
        arguments_at=parameters.span,
        complete=parameters.closed,
    )
    return call, parameters.end


def after_broken(scanner: Scanner, at: int, broken: Broken, form: Form) -> int:
    """Where to go on behind a call that could not be read from `at` on."""
    end = scanner.text.find(form.ends, at) if broken == "json" else -1
    return len(scanner.text) if end == -1 else end + len(form.ends)


def _typed(name: str, texts: Mapping[str, str], offer: Offer) -> dict[str, Any]:
    """The values by the tool's schema. Raises ValueError for a character that no file can hold."""
    schema = offer.schema(name)
    values = {key: coerce(text, offer.parameter(name, key), schema) for key, text in texts.items()}
    check_value([name, values])
    return values


def _read_parameters(scanner: Scanner, at: int, form: Form) -> Parameters | Broken:
    text, texts, closed = scanner.text, dict[str, str](), True
    start = end = at = scanner.skip(at)
    while opening := form.opens.match(text, at):
        value = _value(scanner, opening.end(), form)
        if isinstance(value, str):
            return value
        texts[opening[1].strip()] = _trim(text[opening.end() : value.end], value, form)
        end, closed = value.after, closed and value.closed
        at = scanner.skip(end)
    if text.startswith(form.ends, at):
        return Parameters(texts, Span(start, end), at + len(form.ends), closed)
    if texts and text.startswith(form.follows, at):
        return Parameters(texts, Span(start, end), at, False)
    return "truncated" if _cut(scanner, at, form) else "json"


def _value(scanner: Scanner, start: int, form: Form) -> _Value | Broken:
    """Where the value from `start` on ends, or why nobody knows."""
    text, closes = scanner.text, 0
    for stop in form.stops.finditer(text, start):
        after = scanner.skip(stop.end())
        if stop[0] == form.closes:
            closes += 1
            if _goes_on(scanner, after, form):
                return _Value(stop.start(), stop.end(), True)
        elif stop[0] != form.ends or text.startswith(form.follows, after):
            # Its tag was forgotten, unless one is there with something else behind it.
            return "json" if closes else _Value(stop.start(), stop.start(), False)
        elif closes and after == len(text):
            return "json"
    return "truncated"


def _goes_on(scanner: Scanner, at: int, form: Form) -> bool:
    """Whether another parameter, the end of the call, or the end of the text stands at `at`."""
    if scanner.text.startswith((form.ends, *form.follows), at):
        return True
    return form.opens.match(scanner.text, at) is not None or _cut(scanner, at, form)


def _cut(scanner: Scanner, at: int, form: Form) -> bool:
    """Whether the text ends at `at`, or within a tag that begins there."""
    if scanner.cut(at, (form.begins, form.ends, *form.follows)):
        return True
    rest = scanner.text[at : at + _TAG]
    unfinished = rest.startswith(form.begins) and len(rest) < _TAG
    return unfinished and form.opened not in rest and form.ends not in rest


def _trim(text: str, value: _Value, form: Form) -> str:
    if form.lines:
        return text.removeprefix("\n").removesuffix("\n")
    # The next parameter begins on a line of its own: that newline is not the value's.
    return text if value.closed else text.removesuffix("\n")
