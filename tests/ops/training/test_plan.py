"""Packings under a budget of tokens."""

import random

import numpy as np
import pytest

from ops.training.plan import batches, packed, useful_share


def drawn(seed: int, longest: int = 300) -> list[int]:
    made = random.Random(seed)
    return [made.randint(1, longest) for _ in range(made.randint(0, 300))]


@pytest.mark.parametrize("seed", range(10))
def test_every_example_once_within_the_budget(seed: int) -> None:
    lengths = drawn(seed)
    planned = batches(lengths, 1000)
    assert sorted(index for batch in planned for index in batch) == list(range(len(lengths)))
    assert all(sum(lengths[index] for index in batch) <= 1000 for batch in planned)


@pytest.mark.parametrize("seed", range(10))
def test_batches_are_as_full_as_a_search_through_all_of_them_makes_them(seed: int) -> None:
    """Best-fit decreasing as it is in the books: quadratic, and obvious."""
    lengths = drawn(seed, longest=150)
    rooms: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [room for room in rooms if room >= length]
        if fitting:
            rooms.remove(min(fitting))
        rooms.append((min(fitting) if fitting else 200) - length)
    found = [200 - sum(lengths[index] for index in batch) for batch in batches(lengths, 200)]
    assert sorted(found) == sorted(rooms)


def test_an_example_over_the_budget_is_alone() -> None:
    assert batches([3, 50, 4, 60, 3], 10) == [[3], [1], [0, 2, 4]]


def test_equal_lengths_keep_their_order() -> None:
    assert batches([2] * 7, 6) == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_the_batches(seed: int) -> None:
    lengths = np.asarray(drawn(seed))
    numbers = packed(lengths, 1000)
    for number, batch in enumerate(batches(lengths, 1000)):
        assert (numbers[batch] == number).all()


def test_useful_share_is_tokens_by_budget() -> None:
    assert useful_share([2, 4, 5], 10) == pytest.approx(11 / 20)
    assert useful_share([30, 10], 10) == 1.0
    assert useful_share([], 10) == 1.0


def test_tool_calling_lengths_fill_the_budget() -> None:
    """Log-normal lengths with the quartiles of BFCL: 208, 381, 808 tokens."""
    made = random.Random(7)
    lengths = [min(round(made.lognormvariate(5.94, 0.95)), 4000) for _ in range(5000)]
    assert useful_share(lengths, 8192) > 0.99
