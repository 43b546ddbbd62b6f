"""The order of the batches is a function of seed and epoch; windows cover it without a gap."""

from collections import Counter

import pytest

from ops.training.config import TrainingConfig
from ops.training.order import MicroBatch, Order

EASY_FIRST = (3, 0, 6, 1, 2, 5, 4)


def order(count: int, seed: int, last: int, first: tuple[int, ...] = ()) -> Order:
    """A run of `last` micro-batches."""
    return Order(count, TrainingConfig(epochs=last / count, seed=seed), first)


def numbers(count: int, seed: int, last: int) -> list[int]:
    return [one.number for one in order(count, seed, last).visits(0)]


def test_an_epoch_visits_each_batch_once() -> None:
    visited = numbers(7, 1, 21)
    for epoch in range(3):
        assert sorted(visited[7 * epoch : 7 * epoch + 7]) == list(range(7))
    assert visited[:7] != visited[7:14]


def test_the_first_epoch_may_have_an_order_of_its_own() -> None:
    """The others are drawn as they would be without."""
    visited = [one.number for one in order(7, 1, 21, EASY_FIRST).visits(0)]
    assert visited[:7] == list(EASY_FIRST)
    assert visited[7:] == numbers(7, 1, 21)[7:]


@pytest.mark.parametrize("first", [(), EASY_FIRST], ids=["drawn", "given"])
@pytest.mark.parametrize("start", [0, 1, 6, 7, 8, 20, 21])
def test_the_order_is_the_same_wherever_it_starts(start: int, first: tuple[int, ...]) -> None:
    run = order(7, 1, 21, first)
    whole = list(run.visits(0))
    assert list(run.visits(start)) == whole[start:]
    assert [one.at for one in whole] == list(range(21))
    assert len({tuple(numbers(7, seed, 7)) for seed in range(20)}) > 15


def test_the_first_batches_of_the_seeds_are_not_all_the_same() -> None:
    first = Counter(numbers(4, seed, 4)[0] for seed in range(100))
    assert set(first) == {0, 1, 2, 3}


@pytest.mark.parametrize("accumulate", [1, 2, 3, 8, 100])
@pytest.mark.parametrize("epochs", [0.01, 1.0, 2.5])
def test_windows_cover_the_order_wherever_they_start(accumulate: int, epochs: float) -> None:
    run = Order(8, TrainingConfig(epochs=epochs, accumulate=accumulate))
    whole = list(run.windows(0))
    assert [step for step, _ in whole] == list(range(run.steps))
    visited = [one for _, window in whole for one in window]
    assert visited == list(run.visits(0))
    assert len(visited) == max(1, round(8 * epochs))
    assert all(len(window) == accumulate for _, window in whole[:-1])
    for start in range(run.steps):
        assert list(run.windows(start)) == whole[start:]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(1, [5], id="at_the_end"),
        pytest.param(2, [2, 5], id="twice"),
        pytest.param(99, [1, 2, 3, 4, 5], id="more_than_steps"),
    ],
)
def test_when_the_run_is_measured(asked: int, expected: list[int]) -> None:
    assert Order(5, TrainingConfig(validations=asked)).measured == expected


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        pytest.param(2, [2, 4, 5], id="and_at_the_end"),
        pytest.param(5, [5], id="the_last_is_the_end"),
        pytest.param(99, [5], id="beyond_the_end"),
    ],
)
def test_a_run_is_measured_every_so_many_steps(every: int, expected: list[int]) -> None:
    config = TrainingConfig(validations=3, validate_every=every)
    assert Order(5, config).measured == expected


def test_a_micro_batch_is_counted_unless_said() -> None:
    assert MicroBatch(1, 2).counted
