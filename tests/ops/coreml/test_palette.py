"""A palette is at rest: entries are the means of their members, and members have the nearest."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ops.coreml.palette import group_size, middles, palette, palettised

VALUES = np.random.default_rng(0).normal(size=4000).astype(np.float16)


@pytest.mark.parametrize("count", [16, 64])
def test_each_value_has_the_nearest_entry(count: int) -> None:
    entries, nearest = palette(VALUES, count)
    gaps = np.abs(VALUES[:, None].astype(float) - entries[None].astype(float))
    assert entries.dtype == np.float16
    assert entries.shape == (count,)
    assert np.array_equal(gaps[np.arange(4000), nearest], gaps.min(1))


def test_each_entry_is_the_mean_of_its_members() -> None:
    entries, nearest = palette(VALUES.astype(np.float64), 16)
    means = [VALUES[nearest == entry].astype(float).mean() for entry in range(16)]
    np.testing.assert_allclose(entries, means, atol=1e-2)


def least_error(values: np.ndarray, count: int) -> float:  # type: ignore[type-arg]
    """The least sum of squares of any palette, by dynamic programming over the sorted values."""
    ordered = np.sort(values)
    sums, squares = (np.concatenate([[0.0], np.cumsum(ordered**power)]) for power in (1, 2))
    at = np.arange(len(ordered) + 1)
    sizes = at[None] - at[:, None]  # of a cluster from one place to another
    spread = squares[None] - squares[:, None] - (sums[None] - sums[:, None]) ** 2 / sizes.clip(1)
    spread[sizes < 0] = np.inf
    best = spread[0]
    for _ in range(count - 1):
        best = (best[:, None] + spread).min(0)
    return float(best[-1])


@pytest.mark.parametrize("count", [4, 16, 64])
def test_the_error_is_near_the_least_that_any_palette_has(count: int) -> None:
    values = np.random.default_rng(1).standard_t(4, size=400)  # weights have heavy tails too
    entries, nearest = palette(values, count)
    least = least_error(values, count)
    assert least - 1e-9 <= float(((values - entries[nearest]) ** 2).sum()) < 1.3 * least


def test_sixteen_entries_come_near_the_least_error_for_normal_numbers() -> None:
    # 0.009497 is the mean squared error of the best 16 levels (Max 1960, table I).
    values = np.random.default_rng(1).normal(size=40_000).astype(np.float16)
    entries, nearest = palette(values, 16)
    wide = values.astype(float) - entries.astype(float)[nearest]
    assert float((wide**2).mean()) == pytest.approx(0.009497, rel=0.03)


@pytest.mark.parametrize("threads", [1, 2])
def test_equal_values_have_equal_entries_in_any_order_and_number_of_threads(threads: int) -> None:
    wanted = palette(VALUES, 16)[0]
    shuffled = np.random.default_rng(2).permutation(VALUES)
    with threadpool_limits(threads):
        assert palette(shuffled, 16)[0].tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros(32), id="zeros"),
        pytest.param(np.array([1.0, -1.0] * 8), id="two_values"),
        pytest.param(np.array([3.0]), id="one"),
    ],
)
def test_few_values_are_kept_exactly(values: np.ndarray) -> None:  # type: ignore[type-arg]
    entries, nearest = palette(values, 16)
    assert np.array_equal(entries[nearest], values)


def test_groups_of_rows_have_their_own() -> None:
    matrix = np.concatenate([np.full((16, 4), 0.1), np.full((16, 4), 100.0)])
    assert np.array_equal(palettised(matrix, 16), matrix)
    assert [group_size(rows) for rows in (300, 64, 7)] == [4, 16, 1]


def test_middles_lie_between() -> None:
    assert middles(np.array([1.0, 2.0, 4.0])).tolist() == [1.5, 3.0]
