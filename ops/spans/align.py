"""From characters to tokens, through the offsets of the encoding that training will use."""

from dataclasses import dataclass

from ops.spans.extract import Span


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Tokens [start, end) that overlap a span; `straddles` if one reaches outside it."""

    start: int
    end: int
    straddles: bool


def align(span: Span, offsets: list[tuple[int, int]]) -> TokenSpan | None:
    """The tokens that overlap the span; None if there are none (an empty span)."""
    inside = [
        index for index, (a, b) in enumerate(offsets) if a < span.end and b > span.start and a < b
    ]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    straddles = offsets[first][0] < span.start or offsets[last][1] > span.end
    return TokenSpan(first, last + 1, straddles)
