"""A text's split is decided by the text alone."""

import random

from ops.phrases.invent import FORMS, word
from ops.phrases.split import SPLITS, cut, split_of
from ops.prompts import contract


def test_the_splits_are_those_of_the_contract() -> None:
    assert SPLITS == contract.SPLITS


def test_the_order_of_the_texts_does_not_matter() -> None:
    texts = [f"text {i}" for i in range(40)]
    shuffled = random.Random(1).sample(texts, len(texts))
    assert cut(texts) == cut(shuffled)


def test_a_cut_loses_nothing_and_doubles_nothing() -> None:
    parts = cut(f"text {i}" for i in range(40))
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 28,
        "repair": 6,
        "heldout": 6,
    }
    assert len({text for part in parts.values() for text in part}) == 40


def test_made_up_words_belong_to_the_split_they_were_made_for() -> None:
    rng = random.Random(2)
    made = {split: {word(rng, split) for _ in range(300)} for split in SPLITS}
    assert all(split_of(one) == split for split, words in made.items() for one in words)
    assert not made["train"] & made["heldout"]
    assert len(made["train"]) > 250


def test_every_form_of_made_up_text_uses_words_of_its_split() -> None:
    rng = random.Random(3)
    for form in FORMS.values():
        words = form(rng, "heldout").lower().split(".")[0].split()
        assert [split_of(one) for one in words] == ["heldout"] * len(words)
