"""From characters to tokens, through the offsets of the encoding that training will use.

A token belongs to a span if it overlaps it, though part of the token lie outside: that is recorded,
never rounded away. A byte-level token may be part of a character; it then has the whole character's
offsets, and all tokens of the character belong to whoever has the character. Where two spans have
one token, the later word of ops.spans.contract.KINDS has it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Tokens [start, end) that overlap a span, and how many of them reach outside it: 0, 1 or 2."""

    start: int
    end: int
    straddling: int


class Alignment:
    """The offsets of one text, ready to be asked for many spans: each in the logarithm of tokens.

    Both edges of the offsets never fall from one token to the next, as no tokenizer turns back.
    """

    def __init__(self, offsets: Sequence[tuple[int, int]]) -> None:
        """`offsets` are characters [start, end) of each token."""
        self._starts = [start for start, _ in offsets]
        self._ends = [end for _, end in offsets]

    def of(self, start: int, end: int) -> TokenSpan | None:
        """The tokens that overlap characters [start, end); None if there are none.

        >>> Alignment([(0, 1), (1, 3), (3, 5)]).of(2, 5)
        TokenSpan(start=1, end=3, straddling=1)
        """
        first, after = bisect_right(self._ends, start), bisect_left(self._starts, end)
        while first < after and self._empty(first):
            first += 1
        while first < after and self._empty(after - 1):
            after -= 1
        if start >= end or first >= after:
            return None
        inside = bisect_left(self._starts, start, first, after)
        outside = max(bisect_right(self._ends, end, first, after), inside)
        return TokenSpan(first, after, (inside - first) + (after - outside))

    def _empty(self, token: int) -> bool:
        return self._starts[token] == self._ends[token]
