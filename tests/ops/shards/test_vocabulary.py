"""Bytes to ids and back, for every token of a byte-level vocabulary."""

from typing import Any

from ops.shards.vocabulary import token_ids


def test_every_token_has_its_bytes(tokenizer: Any) -> None:
    found = token_ids(tokenizer)
    assert sorted(found.values()) == list(range(len(tokenizer)))
    assert found[b"<tool_call>"] == tokenizer.convert_tokens_to_ids("<tool_call>")


def test_the_bytes_of_a_text_are_the_bytes_of_its_tokens(tokenizer: Any) -> None:
    pieces = {index: piece for piece, index in token_ids(tokenizer).items()}
    text = 'naïve 東京 👩‍🚀 12<tool_call>\n{"a": 1}'
    assert b"".join(pieces[i] for i in tokenizer(text)["input_ids"]) == text.encode()


def test_the_order_is_that_of_the_ids(tokenizer: Any) -> None:
    """The library's own order is another in every process."""
    found = list(token_ids(tokenizer).values())
    added = set(tokenizer.get_added_vocab().values())
    assert found == sorted(set(found) - added) + sorted(added)
