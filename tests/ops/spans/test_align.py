"""Characters to tokens: overlap, edges, and the law that a span and its labels move together."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.shards.build import kinds
from ops.spans.align import Alignment, TokenSpan
from ops.spans.contract import KINDS

# "ab cd" as `a`, `b `, `cd`, then a character of two tokens, then an empty token.
OFFSETS = [(0, 1), (1, 3), (3, 5), (5, 6), (5, 6), (6, 6), (6, 8)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 3, TokenSpan(0, 2, 0), id="whole_tokens"),
        pytest.param(2, 5, TokenSpan(1, 3, 1), id="begins_inside_a_token"),
        pytest.param(3, 4, TokenSpan(2, 3, 1), id="ends_inside_a_token"),
        pytest.param(2, 4, TokenSpan(1, 3, 2), id="both_edges_inside_tokens"),
        pytest.param(5, 6, TokenSpan(3, 5, 0), id="character_of_two_tokens"),
        pytest.param(4, 7, TokenSpan(2, 7, 2), id="an_empty_token_between"),
        pytest.param(6, 8, TokenSpan(6, 7, 0), id="empty_token_is_nobody's"),
        pytest.param(3, 3, None, id="no_characters"),
        pytest.param(8, 9, None, id="after_the_text"),
    ],
)
def test_align(start: int, end: int, expected: TokenSpan | None) -> None:
    assert Alignment(OFFSETS).of(start, end) == expected


def test_a_span_inside_one_token_straddles_it_once() -> None:
    assert Alignment([(0, 9)]).of(3, 5) == TokenSpan(0, 1, 1)


@st.composite
def byte_level(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Offsets of a byte-level tokenizer: cuts anywhere in the bytes of characters of 1 to 4."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    owner = [number for number, size in enumerate(sizes) for _ in range(size)]
    inner = st.integers(1, max(len(owner) - 1, 1))
    edges = sorted({0, len(owner), *draw(st.sets(inner, max_size=len(owner)))})
    pairs = itertools.pairwise(edges)
    return [(owner[a], owner[b - 1] + 1) for a, b in pairs if a < b <= len(owner)]


@given(byte_level(), st.integers(0, 12), st.integers(0, 12))
def test_the_tokens_are_those_that_overlap(
    offsets: list[tuple[int, int]], start: int, end: int
) -> None:
    """The reference looks at every token."""
    inside = [at for at, (a, b) in enumerate(offsets) if a < end and b > start and start < end]
    outside = [at for at in inside if offsets[at][0] < start or offsets[at][1] > end]
    found = Alignment(offsets).of(start, end)
    if not inside:
        assert found is None
    else:
        assert found == TokenSpan(inside[0], inside[-1] + 1, len(outside))


@given(st.lists(st.integers(1, 4), min_size=2, max_size=12), st.data())
def test_a_span_that_moves_by_one_token_moves_its_labels_by_one(
    sizes: list[int], data: st.DataObject
) -> None:
    edges = [sum(sizes[:at]) for at in range(len(sizes) + 1)]
    offsets = list(itertools.pairwise(edges))
    first = data.draw(st.integers(0, len(sizes) - 2))
    last = data.draw(st.integers(first + 1, len(sizes) - 1))
    alignment = Alignment(offsets)

    def labels(shift: int) -> list[int]:
        tokens = alignment.of(edges[first + shift], edges[last + shift])
        assert tokens is not None
        marked = {"kind": "tool_name", "token_start": tokens.start, "token_end": tokens.end}
        return kinds(len(sizes), [marked]).tolist()

    assert labels(1)[1:] == labels(0)[:-1]
    assert labels(0)[first:last] == [KINDS.index("tool_name")] * (last - first)


def test_of_two_spans_in_one_token_the_later_kind_has_it() -> None:
    """Of `{"a": "b"}`, cut as `{"`, `a`, `": "b`, `"}`, the third holds structure and a value."""
    alignment = Alignment([(0, 2), (2, 3), (3, 7), (7, 9)])
    found = []
    for kind, start, end in (("json_value", 6, 7), ("json_arguments", 0, 9), ("action", 0, 9)):
        tokens = alignment.of(start, end)
        assert tokens is not None
        found.append({"kind": kind, "token_start": tokens.start, "token_end": tokens.end})
    structure, value = KINDS.index("json_arguments"), KINDS.index("json_value")
    for spans in (found, found[::-1]):
        assert kinds(4, spans).tolist() == [structure, structure, value, structure]
