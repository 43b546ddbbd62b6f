"""What is left between equal beginnings and ends; never nothing on either side."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ops.negatives.differ import differ

ANSWERS = st.lists(st.integers(0, 3), max_size=12).map(lambda ids: [*ids, 9])


@given(ANSWERS, ANSWERS)
def test_beginnings_and_ends_are_equal_and_the_middles_are_not(
    one: list[int], other: list[int]
) -> None:
    assume(one != other)
    start, end, other_end = differ(one, other)
    assert one[:start] == other[:start]
    assert one[end:] == other[other_end:]
    assert start < end
    assert start < other_end
    assert one[start] != other[start]


def test_a_deletion_is_weighed_against_what_follows_it() -> None:
    assert differ([1, 2, 3, 4, 9], [1, 4, 9]) == (1, 4, 2)
    assert differ([1, 2, 9], [1, 9]) == (1, 3, 2)
