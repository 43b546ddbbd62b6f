"""Which bytes a token stands for: the bridge between a teacher's token texts and student ids.

Only byte-level vocabularies (GPT-2's alphabet, as in Llama 3, Qwen, SmolLM) can be bridged; for
any other the map holds its special tokens alone, and distillation falls back to the text.
"""

from typing import Any

from transformers.convert_slow_tokenizer import bytes_to_unicode


def token_ids(tokenizer: Any) -> dict[bytes, int]:
    """Student id by the bytes that the token decodes to."""
    alphabet = bytes_to_unicode()  # type: ignore[no-untyped-call]
    to_byte = {character: byte for byte, character in alphabet.items()}
    special = set(tokenizer.get_added_vocab())
    found: dict[bytes, int] = {}
    for token, index in tokenizer.get_vocab().items():
        if token in special:
            found[token.encode("utf-8")] = index
        elif all(character in to_byte for character in token):
            found[bytes(to_byte[character] for character in token)] = index
    return found
