"""One finding about the data or the student, and how several of the same kind are told."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `found` is text for a person."""

    name: str
    passed: bool
    found: str


def clean(name: str, wrong: Sequence[str], good: str) -> Check:
    """Passed if nothing is wrong; else the first few of what is.

    >>> clean("ids", ["a", "b", "c", "d"], "4 ids").found
    '4 wrong: a; b; c'
    """
    told = f"{len(wrong)} wrong: {'; '.join(wrong[:SHOWN])}" if wrong else good
    return Check(name, not wrong, told)
