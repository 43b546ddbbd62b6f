"""Batches under a budget of tokens."""

import random

import pytest

from ops.training.plan import batches, useful_share


@pytest.mark.parametrize("seed", range(10))
def test_every_example_once_within_the_budget(seed: int) -> None:
    drawn = random.Random(seed)
    lengths = [drawn.randint(1, 300) for _ in range(drawn.randint(0, 200))]
    planned = batches(lengths, 1000)
    assert sorted(index for batch in planned for index in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 1000 for batch in planned)


def test_an_example_over_the_budget_is_alone() -> None:
    assert batches([3, 50, 4, 60], 10) == [[0, 2], [1], [3]]


def test_useful_share_is_tokens_by_padded_tokens() -> None:
    assert useful_share([2, 4, 5], [[0, 1], [2]]) == pytest.approx(11 / 13)
    assert useful_share([], []) == 1.0
