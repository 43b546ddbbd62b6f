"""Means, ranges, and what counts as noise."""

import pytest

from benchmarks.spread import Spread, apart, spread


@pytest.mark.parametrize(
    ("values", "noise"),
    [
        ((1.0, 1.1, 1.2), False),
        ((-1.0, -1.1, -1.2), False),
        ((0.1, -0.1, 0.2), True),  # a seed points the other way
        ((0.1, 0.1, 3.0), True),  # mean 1.07, standard error 0.97
        ((0.0, 0.0, 0.0), True),
        ((0.0, 1.0, 1.0), True),
        ((5.0,), True),  # one seed tells nothing
    ],
)
def test_noise(values: tuple[float, ...], noise: bool) -> None:
    assert Spread(values).is_noise is noise


def test_the_mean_and_the_range_are_told() -> None:
    assert Spread((0.5, 0.9, 0.7)).told(".2f") == "0.70 (0.50 to 0.90)"


def test_differences_are_taken_seed_by_seed_where_both_are_known() -> None:
    assert apart([3.0, None, 5.0], [1.0, 1.0, 4.0]) == Spread((2.0, 1.0))
    assert spread([None, None]) is None
