"""Where two sequences differ: characters of two answers, or their tokens."""

from collections.abc import Sequence
from typing import NamedTuple


class Difference(NamedTuple):
    """[start, end) in the first sequence and [start, other_end) in the second."""

    start: int
    end: int
    other_end: int


def differ(one: Sequence[object], other: Sequence[object]) -> Difference:
    """What is left between the longest equal beginning and the longest equal end.

    Where one of them lacks what the other has, both go on to the next element, so that neither side
    is empty: there is always something to weigh against something. Both end with an end token, and
    they differ.

    >>> differ("abXYc.", "abZc."), differ("ab, cd.", "ab.")
    (Difference(start=2, end=4, other_end=3), Difference(start=2, end=7, other_end=3))
    """
    shorter = min(len(one), len(other))
    start = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = 0
    while tail < shorter - start and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    if shorter - tail == start and tail > 0:
        tail -= 1
    return Difference(start, len(one) - tail, len(other) - tail)
