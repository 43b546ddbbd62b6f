"""Which bytes a token stands for: the bridge between a teacher's token texts and student ids.

Only byte-level vocabularies (GPT-2's alphabet, as in Llama 3, Qwen, SmolLM) can be bridged; for
any other the map holds its special tokens alone, and distillation falls back to the text.
"""

from operator import itemgetter
from typing import Any

from transformers.convert_slow_tokenizer import bytes_to_unicode


class _Alphabet(dict[int, str]):
    """Each character of the alphabet → the one whose Latin-1 code is its byte."""

    def __missing__(self, character: int) -> str:
        return "\uffff"  # no Latin-1: the token is not of this alphabet


def token_ids(tokenizer: Any) -> dict[bytes, int]:
    """Student id by the bytes that the token decodes to, in the order of the ids.

    Where a special token spells what another token does, it counts: it is found first in a text.
    """
    alphabet = _Alphabet(
        (ord(character), chr(byte))
        for byte, character in bytes_to_unicode().items()  # type: ignore[no-untyped-call]
    )
    special = tokenizer.get_added_vocab()
    found: dict[bytes, int] = {}
    for token, index in sorted(tokenizer.get_vocab().items(), key=itemgetter(1)):
        if token in special:
            continue
        try:
            found[token.translate(alphabet).encode("latin-1")] = index
        except UnicodeEncodeError:
            continue
    spelt = sorted(special.items(), key=itemgetter(1))
    return found | {token.encode("utf-8"): index for token, index in spelt}
