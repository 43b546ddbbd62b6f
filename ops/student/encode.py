"""An example as token ids with character offsets.

A text is context and answer by turns. Each piece is encoded apart and the tokens are joined,
because at inference the context is encoded alone: the student then meets exactly the token ids that
it was trained on, and no token straddles an edge. Offsets are characters; a character of several
bytes may belong to several tokens, which then share its offsets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids, for each its characters [start, end), and where each piece ends, in tokens."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    cuts: list[int]


def token_ids(tokenizer: Any, text: str) -> list[int]:
    """Ids of a text as it is, however long: who asks has a limit of his own and says so."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def encode_all(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Ids of many texts, each as `token_ids` gives them; the tokenizer's threads share the work."""
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(
        texts,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )["input_ids"]
    return ids


@lru_cache(maxsize=4)
def most_characters(tokenizer: Any, tokens: int) -> int:
    """Characters beyond which a text cannot have as few as `tokens` tokens: who refuses what is too
    long need not encode it first.

    Four times the longest token, because normalisation may join characters before they are encoded.
    """
    return 4 * max(map(len, tokenizer.get_vocab())) * tokens


def pieces(text: str, cuts: Sequence[int]) -> list[str]:
    """The text from cut to cut.

    >>> pieces("ask: yes", [5, 8])
    ['ask: ', 'yes']
    """
    return [text[start:end] for start, end in pairwise([0, *cuts])]


def answer_tokens(cuts: Sequence[int]) -> int:
    """Tokens of the answers, which are every second piece.

    >>> answer_tokens([5, 8, 20, 21])
    4
    """
    return sum(end - start for start, end in zip(cuts[::2], cuts[1::2], strict=True))


def encode(tokenizer: Any, text: str, cuts: Sequence[int]) -> Encoded:
    """Encode an example piece by piece; `cuts` are the ends of the pieces in characters."""
    encoded = Encoded([], [], [])
    start = 0
    for piece in pieces(text, cuts):
        found = tokenizer(
            piece, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        encoded.ids.extend(found["input_ids"])
        encoded.offsets.extend((a + start, b + start) for a, b in found["offset_mapping"])
        encoded.cuts.append(len(encoded.ids))
        start += len(piece)
    return encoded
