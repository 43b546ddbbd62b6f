"""Find, in a training text, the characters that are worth supervising on.

What is known of the conversation labels them: where an answer begins, what of it is thought, how
many calls it ends with, which results stand before it. Where a call's name and arguments are is
read by the reader that judges the student. A call inside a thought is no call. Words that carry a
value of a result before them are integration, other words prose. Not here: tokens (align.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.spans.example import Example, Written
from ops.spans.integration import Heard
from ops.spans.values import values
from ops.toolcalls.call import Span as Place
from ops.toolcalls.read import read_calls


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of the text, as in `text[start:end]`.

    `path` is the JSON pointer of a json_value in its call's arguments; empty for another kind.
    """

    kind: str
    start: int
    end: int
    path: str = ""


def extract(example: Example) -> list[Span]:
    """All spans of an example, in the order of their start, the longer first."""
    edges = [0, *example.cuts]
    found = [
        Span("prompt", start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]
    found += [Span("observation", start, end) for start, end in example.observed]
    number, heard = 0, Heard()
    for answer in example.answers:
        for result in example.results[number : answer.heard]:
            heard.add(result)
        number = answer.heard
        found += answered(example.text, answer, example.offered, heard)
    return sorted(found, key=lambda span: (span.start, -span.end, span.kind))


def answered(text: str, answer: Written, offered: frozenset[str], heard: Heard) -> Iterator[Span]:
    """The spans of one answer; `heard` are the results before it."""
    if answer.start < answer.says:
        yield Span("reasoning", answer.start, answer.says)
    at, outside = answer.says, answer.says
    # Calls come behind the words, and the words may hold what only looks like one.
    read = read_calls(text[at : answer.end], offered).calls if answer.calls else ()
    for call in read[-answer.calls :]:
        if call.call is None or call.name_at is None or call.arguments_at is None:
            continue
        yield from _words(text, Place(outside, at + call.call.start), heard)
        outside = at + call.call.end
        yield Span("action", at + call.call.start, outside)
        yield Span("tool_name", at + call.name_at.start, at + call.name_at.end)
        arguments = Place(at + call.arguments_at.start, at + call.arguments_at.end)
        yield Span("json_arguments", *arguments)
        for value in values(text[arguments.start : arguments.end]):
            inside = arguments.start + value.start, arguments.start + value.end
            yield Span("json_value", *inside, value.path)
    yield from _words(text, Place(outside, answer.end), heard)


def _words(text: str, place: Place, heard: Heard) -> Iterator[Span]:
    """The words at a place without the white space around them, and what they carry."""
    words = text[place.start : place.end].strip()
    if not words:
        return
    start = text.index(words, place.start)
    yield Span("prose", start, start + len(words))
    for a, b in heard.carried(words):
        yield Span("integration", start + a, start + b)
