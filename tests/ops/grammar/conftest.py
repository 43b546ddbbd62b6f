"""Tokenizers in which the tags of a call are special tokens, or plain text."""

from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from ops.grammar.compiled import END, Grammars

CORPUS = ['{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}', "It is warm there."]


def reader(tags: list[str], end: str = END) -> Any:
    """A byte-level tokenizer of transformers, some 400 tokens."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|pad|>", end, *tags],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(CORPUS * 5, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<|pad|>", eos_token=end)


@pytest.fixture(scope="module", params=[True, False], ids=["special_tags", "tags_as_text"])
def held(request: pytest.FixtureRequest) -> Grammars:
    """The grammars of one tokenizer."""
    return Grammars(reader(["<tool_call>", "</tool_call>"] if request.param else []))
