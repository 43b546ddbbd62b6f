"""Find, in a training text, the characters that are worth supervising on.

Calls are found by the same reader that judges the student. Integration is not a phrase such as
"according to": it is the words of the answer that carry a value of a tool result which really is
in the conversation. An observation is looked for in the tools' turns, as chat_template.jinja
writes them. Not here: tokens (align.py).
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ops.student.render import END
from ops.toolcalls.read import read_calls

_USER, _TOOL = "<|im_start|>user\n", "<|im_start|>tool\n"
# Letters of a script that puts spaces between words; in others a value may touch its neighbours.
_LETTER = r"[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
# A word or number of its own: 5 does not stand in 15, nor in 2.5.
_BEFORE = rf"(?<!{_LETTER})(?<!\d[.,](?=\d))"
_AFTER = rf"(?!{_LETTER})(?!(?<=\d)[.,]\d)"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of the text, as in `text[start:end]`."""

    kind: str
    start: int
    end: int


def extract(
    prompt: str, answer: str, results: Collection[str], offered: Collection[str]
) -> list[Span]:
    """All spans of `prompt + answer`, in the order of their start.

    Args:
        results: contents of the tool messages, as they stand in the prompt.
        offered: names of the tools that the prompt offers.
    """
    at = len(prompt)
    found = [Span("prompt", 0, at)]
    found += [Span("observation", start, end) for start, end in _observed(prompt, results)]
    reading = read_calls(answer, offered)
    outside = 0
    for call in reading.calls:
        if call.call is None or call.name_at is None or call.arguments_at is None:
            continue
        found += _prose(answer, outside, call.call[0], at)
        outside = call.call[1]
        found.append(Span("action", at + call.call[0], at + call.call[1]))
        found.append(Span("tool_name", at + call.name_at[0], at + call.name_at[1]))
        found.append(Span("json_arguments", at + call.arguments_at[0], at + call.arguments_at[1]))
    found += _prose(answer, outside, len(answer.removesuffix(END)), at)
    if not reading.calls:
        found += [Span("integration", at + a, at + b) for a, b in carried(answer, results)]
    return sorted(found, key=lambda span: (span.start, -span.end))


def _prose(answer: str, start: int, end: int, at: int) -> list[Span]:
    words = answer[start:end].strip()
    if not words:
        return []
    start = answer.index(words, start)
    return [Span("prose", at + start, at + start + len(words))]


def _observed(prompt: str, results: Collection[str]) -> Iterator[tuple[int, int]]:
    at = max(prompt.rfind(_USER), 0)
    for result in results:
        turn = prompt.find(_TOOL + result + END, at)
        if turn >= 0:
            start = turn + len(_TOOL)
            at = start + len(result)
            yield start, at


def carried(answer: str, results: Collection[str]) -> list[tuple[int, int]]:
    """Where the answer carries values of the results: whole words or numbers, never overlapping.

    >>> carried("It is 12 degrees in Oslo.", ['{"city": "Oslo", "degrees": 12}'])
    [(6, 8), (20, 24)]
    """
    taken: list[tuple[int, int]] = []
    for value in sorted(set(_values(results)) - {""}, key=lambda value: (-len(value), value)):
        for match in re.finditer(_BEFORE + re.escape(value) + _AFTER, answer):
            start, end = match.span()
            if all(end <= a or b <= start for a, b in taken):
                taken.append((start, end))
    return sorted(taken)


def _values(results: Collection[str]) -> Iterator[str]:
    for result in results:
        try:
            yield from _leaves(json.loads(result))
        except (ValueError, RecursionError):
            yield result.strip()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value.strip()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)
        if isinstance(value, float) and value.is_integer():
            yield str(int(value))
