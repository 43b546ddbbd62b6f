"""Characters to tokens."""

import pytest

from ops.spans.align import TokenSpan, align
from ops.spans.extract import Span

# "ab cd" as `a`, `b `, `cd`, then a character of two tokens, then an empty token.
OFFSETS = [(0, 1), (1, 3), (3, 5), (5, 6), (5, 6), (6, 6), (6, 8)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 3, TokenSpan(0, 2, False), id="whole_tokens"),
        pytest.param(2, 5, TokenSpan(1, 3, True), id="begins_inside_a_token"),
        pytest.param(3, 4, TokenSpan(2, 3, True), id="ends_inside_a_token"),
        pytest.param(5, 6, TokenSpan(3, 5, False), id="character_of_two_tokens"),
        pytest.param(6, 8, TokenSpan(6, 7, False), id="empty_token_is_nobody's"),
        pytest.param(8, 9, None, id="after_the_text"),
    ],
)
def test_align(start: int, end: int, expected: TokenSpan | None) -> None:
    assert align(Span("action", start, end), OFFSETS) == expected
