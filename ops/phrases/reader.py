"""The phrase book backwards: which tool a text asks for, and with which arguments.

A phrasing matches as literal text with typed gaps; of all that match, the one with most literal
text wins. The search is cut off after a fixed number of steps, so no text can make it slow.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ops.phrases.book import Asking, Book, Phrasing, Talk

LONGEST = 600
"""Characters; a longer text is no phrase of the book."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text asks for: a tool of the book, or (tool = None) only a reply."""

    tool: str | None
    arguments: dict[str, Any]
    reply: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    tool: str | None
    asking: Asking
    phrasing: Phrasing
    parts: tuple[str, ...]
    weight: int


class Reader:
    """All phrasings of a book, found by their first word."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._by_word: dict[str, list[_Entry]] = defaultdict(list)
        groups: list[tuple[str | None, Asking]] = [
            *book.tools.items(),
            *((None, t) for t in book.no_tool),
        ]
        for tool, asking in groups:
            for phrasing in asking.phrasings:
                parts = tuple(p.lower() if i % 2 == 0 else p for i, p in enumerate(phrasing.parts))
                entry = _Entry(tool, asking, phrasing, parts, sum(map(len, parts[::2])))
                self._by_word[_first_word(parts[0])].append(entry)

    def requests(self, text: str) -> list[Reading]:
        """The requests in a text, several when it joins them; empty when the book knows it not."""
        if len(text) > LONGEST:
            return []
        for join in self._book.carriers.joins:
            if join in text:
                parts = [self._read(part) for part in text.split(join)]
                found = [part for part in parts if part is not None and part.tool]
                if len(found) == len(parts):
                    return found
        single = self._read(text)
        return [single] if single else []

    def _read(self, text: str) -> Reading | None:
        best: tuple[int, Reading] | None = None
        for bare in self._bare(text):
            for weight, reading in self._matches(bare):
                if best is None or weight > best[0]:
                    best = (weight, reading)
        return best[1] if best else None

    def _bare(self, text: str) -> list[str]:
        """The text without carriers first, then with them."""
        whole = text.strip().rstrip(".?! ")
        lowered = whole.lower()
        carriers = self._book.carriers
        ends = [len(whole) - len(s) for s in carriers.suffixes if lowered.endswith(s)]
        starts = [len(p) for p in carriers.prefixes if lowered.startswith(p)]
        cuts = [(start, end) for start in (*starts, 0) for end in (*ends, len(whole))]
        return [whole[start:end] for start, end in cuts]

    def _matches(self, text: str) -> Iterator[tuple[int, Reading]]:
        lowered = text.lower()
        if len(lowered) != len(
            text
        ):  # a letter whose lower case is longer: positions would not agree
            lowered = text
        for entry in self._by_word.get(_first_word(lowered), ()):
            if lowered.startswith(entry.parts[0]):
                filled = _Match(self._book, entry, text, lowered).run()
                if filled is not None:
                    yield entry.weight, _reading(entry, filled)


def _reading(entry: _Entry, filled: dict[str, Any]) -> Reading:
    if isinstance(entry.asking, Talk):
        return Reading(None, {}, entry.asking.reply)
    return Reading(entry.tool, nest(filled | entry.phrasing.fixed))


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    """Arguments of dotted slots as objects.

    >>> nest({"contact.name": "Anna", "contact.phone": "1"})
    {'contact': {'name': 'Anna', 'phone': '1'}}
    """
    nested: dict[str, Any] = {}
    for slot, value in flat.items():
        *path, last = slot.split(".")
        at = nested
        for key in path:
            at = at.setdefault(key, {})
        at[last] = value
    return nested


def _first_word(text: str) -> str:
    return text.split(" ", 1)[0].rstrip(",:")


class _Match:
    """One phrasing against one text: backtracking over where each literal stands, step-limited."""

    def __init__(self, book: Book, entry: _Entry, text: str, lowered: str) -> None:
        self._pools, self._entry, self._text, self._lowered = book.values, entry, text, lowered
        self._left = STEPS

    def run(self) -> dict[str, Any] | None:
        """Slot values, or None when the phrasing does not fit."""
        return self._from(0, 0)

    def _from(self, part: int, at: int) -> dict[str, Any] | None:
        """Values of the slots after literal `part`, which stands at `at`."""
        parts = self._entry.parts
        start = at + len(parts[part])
        if part == len(parts) - 1:
            return {} if start == len(self._text) else None
        slot = parts[part + 1]
        for end in self._ends(part + 2, start + 1):
            self._left -= 1
            if self._left < 0:
                return None
            value = self._pools.read(self._entry.asking.slots[slot], self._text[start:end])
            rest = None if value is None else self._from(part + 2, end)
            if rest is not None:
                return {slot: value, **rest}
        return None

    def _ends(self, part: int, start: int) -> Iterator[int]:
        literal = self._entry.parts[part]
        if part == len(self._entry.parts) - 1:
            end = len(self._text) - len(literal)
            if end >= start and self._lowered.endswith(literal):
                yield end
            return
        end = self._lowered.find(literal, start)
        while end != -1:
            yield end
            end = self._lowered.find(literal, end + 1)
