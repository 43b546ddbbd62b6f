"""Made-up words. A student that has seen only real values learns to recall them; made-up ones it
must copy from the prompt."""

import random
from collections.abc import Callable

from ops.phrases.split import split_of

_STARTS = (*"bdfghklmnprstvwz", "br", "dr", "gl", "kr", "pl", "st", "tr")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_ENDS = ("", "", "n", "r", "l", "s", "k", "m", "t")


def word(rng: random.Random, split: str) -> str:
    """A lower-case word of two or three syllables that belongs to the split."""
    while True:
        syllables = range(rng.choice((2, 2, 3)))
        made = "".join(rng.choice(_STARTS) + rng.choice(_VOWELS) for _ in syllables)
        made += rng.choice(_ENDS)
        if split_of(made) == split:
            return made


def _words(rng: random.Random, split: str) -> str:
    return f"{word(rng, split)} {word(rng, split)}"


FORMS: dict[str, Callable[[random.Random, str], str]] = {
    "word": word,
    "words": _words,
    "name": lambda rng, split: word(rng, split).capitalize(),
    "names": lambda rng, split: _words(rng, split).title(),
    "file": lambda rng, split: word(rng, split) + rng.choice((".pdf", ".txt", ".csv", ".png")),
}
