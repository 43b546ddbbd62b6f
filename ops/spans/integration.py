"""How an answer uses what the tools answered: the words that carry a value of a result.

Not a phrase such as "according to": a value of a result which really stands before the answer, as a
word or a number of its own. Not here: which results stand before which answer (extract.py).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

# Letters of a script that puts spaces between words; in others a value may touch its neighbours.
_LETTER = r"[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
# A word or number of its own: 5 does not stand in 15, nor in 2.5.
_BEFORE = re.compile(rf"(?<!{_LETTER})(?<!\d[.,](?=\d))")
_AFTER = re.compile(rf"(?!{_LETTER})(?!(?<=\d)[.,]\d)")
_PREFIX = 3
"""Letters by which a value is looked up: there may be as many values as words."""


def values_of(result: str) -> set[str]:
    """The texts and numbers of a result, as an answer may write them; of one not JSON, all of it.

    >>> sorted(values_of('{"city": "Oslo", "degrees": 12.0, "sunny": true}'))
    ['12', '12.0', 'Oslo']
    """
    try:
        found = set(_leaves(json.loads(result)))
    except (ValueError, RecursionError):
        found = {result.strip()}
    return found - {""}


class Heard:
    """The values of the results so far, by their first letters and their lengths."""

    def __init__(self, *results: str) -> None:
        self._known: set[str] = set()
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for result in results:
            self.add(result)

    def add(self, result: str) -> None:
        """One more result."""
        self._known |= (found := values_of(result))
        for value in found:
            self._lengths[value[:_PREFIX]].add(len(value))

    def carried(self, words: str) -> list[tuple[int, int]]:
        """Where the words carry one of the values; of two that overlap, the longer.

        >>> Heard('{"city": "Oslo", "degrees": 12}').carried("It is 12 degrees in Oslo.")
        [(6, 8), (20, 24)]
        """
        found: list[tuple[int, int]] = []
        taken = bytearray(len(words))
        for start, end in sorted(self._places(words), key=lambda at: (at[0] - at[1], at[0])):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end))
        return sorted(found)

    def _places(self, words: str) -> Iterator[tuple[int, int]]:
        """Where a value stands as a word of its own, overlapping ones too."""
        for begins in _BEFORE.finditer(words):
            at = begins.start()
            for length in range(1, _PREFIX + 1):
                for size in self._lengths.get(words[at : at + length], ()):
                    end = at + size
                    known = end <= len(words) and words[at:end] in self._known
                    if known and _AFTER.match(words, end):
                        yield at, end


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
