"""Which tokens of a broken output are wrong: those in which it departs from its correction.

Tokens that the correction has too, in the same order, are right and must not be unlearnt. What is
left is wrong after what stands before it; where the output lacks something, the token in its place
is: a call that ends too early is wrong in its end. Not here: what is done with them (examples.py).
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_WORK = 250_000
"""Pairs of tokens up to which two answers are compared: a fraction of a second."""


def departures(bad: Sequence[int], corrected: Sequence[int]) -> list[bool]:
    """For each token of `bad` whether it departs; none does where `bad` only begins `corrected`.

    The first token after the common beginning always does, and in answers too long to compare it
    alone.

    >>> departures([1, 2, 9, 4, 5], [1, 2, 3, 4, 5])
    [False, False, True, False, False]
    >>> departures([1, 2, 5], [1, 2, 3, 4, 5])
    [False, False, True]
    """
    start = next(
        (at for at, (one, other) in enumerate(zip(bad, corrected, strict=False)) if one != other),
        min(len(bad), len(corrected)),
    )
    rest, right = bad[start:], corrected[start:]
    found = [False] * len(bad)
    if len(rest) * len(right) > MOST_WORK:
        found[start] = True
        return found
    for tag, first, last, at, _ in SequenceMatcher(None, rest, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        passed = _equal(rest[first:], right[at:])
        wrong = range(first + passed, min(len(rest), max(last, first + 1) + passed))
        for index in wrong:
            found[start + index] = True
    return found


def _equal(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens go on alike: a gap in a run of equal tokens is at its end."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
