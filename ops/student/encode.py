"""An example as token ids with character offsets.

Prompt and answer are encoded apart and joined, because at inference the prompt is encoded alone:
the student then meets exactly the token ids that it was trained on. Offsets are characters; a
character of several bytes may belong to several tokens, which then share its offsets.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of prompt and answer, and for each token its characters [start, end)."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    prompt_tokens: int


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


def encode(tokenizer: Any, prompt: str, answer: str) -> Encoded:
    """Encode an example; offsets count from the first character of the prompt."""
    first, second = (
        tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        for text in (prompt, answer)
    )
    moved = [(a + len(prompt), b + len(prompt)) for a, b in second["offset_mapping"]]
    return Encoded(
        ids=[*first["input_ids"], *second["input_ids"]],
        offsets=[(a, b) for a, b in first["offset_mapping"]] + moved,
        prompt_tokens=len(first["input_ids"]),
    )
