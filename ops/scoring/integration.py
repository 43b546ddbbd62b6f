"""Does the answer carry what the tool found, and nothing it made up?

Recall is the share of the texts to carry that stand in the answer; precision sets them against the
numbers and quoted texts of the answer that are in none of them. A number that the user gave counts
as made up too, since the conversation is not looked at: F1 compares students, it is no absolute.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CLAIM = re.compile(r'\d[\d.,:]*+|"[^"\n]{1,80}"|“[^”\n]{1,80}”')
_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SPACE = re.compile(r"\s++")


@dataclass(frozen=True, slots=True)
class Integration:
    """The texts that the answer does not carry, what it claims beside them, and the F1."""

    missing: tuple[str, ...]
    made_up: tuple[str, ...]
    f1: float


def integrate(words: str, carries: Sequence[str]) -> Integration:
    """Compare an answer's words with the texts it must carry, at least one.

    >>> integrate("It is 21 degrees, maybe 23.", ["21"]).made_up
    ('23',)
    """
    answer = _plain(words)
    texts = [_plain(text) for text in carries]
    missing = tuple(
        text for text, plain in zip(carries, texts, strict=True) if not _stands_in(plain, answer)
    )
    claims = dict.fromkeys(claim.strip('"“”.,:') for claim in _CLAIM.findall(answer))
    made_up = tuple(claim for claim in claims if not any(_stands_in(claim, t) for t in texts))
    carried = len(carries) - len(missing)
    return Integration(missing, made_up, 2 * carried / (len(carries) + carried + len(made_up)))


def _plain(text: str) -> str:
    return _SPACE.sub(" ", _COMMA.sub("", text)).strip().casefold()


def _stands_in(text: str, answer: str) -> bool:
    """As a word of its own: 5 does not stand in 15, nor in 2.5."""
    at = answer.find(text)
    while at != -1:
        before, after = answer[max(at - 2, 0) : at], answer[at + len(text) : at + len(text) + 2]
        if not (_continues(text[:1], before[::-1]) or _continues(text[-1:], after)):
            return True
        at = answer.find(text, at + 1)
    return False


def _continues(edge: str, beyond: str) -> bool:
    """Whether a word or number goes on over its edge; `beyond` begins at the edge."""
    if not edge.isalnum() or not beyond:
        return False
    return beyond[0].isalnum() or (beyond[0] in ".," and edge.isdigit() and beyond[1:].isdigit())
