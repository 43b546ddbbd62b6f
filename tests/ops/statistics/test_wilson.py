"""Wilson's interval against its definition, and against figures that are published."""

import math

import pytest

from ops.statistics.wilson import Z_95, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), p. 857, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("right", "n"), [(1, 4), (37, 100), (999, 1000)])
def test_at_each_bound_the_share_lies_z_deviations_away(right: int, n: int) -> None:
    for bound in wilson(right, n):
        deviation = math.sqrt(bound * (1 - bound) / n)
        assert abs(right / n - bound) / deviation == pytest.approx(Z_95)


def test_what_is_right_and_what_is_wrong_mirror_each_other() -> None:
    low, high = wilson(13, 50)
    assert wilson(37, 50) == (pytest.approx(1 - high), pytest.approx(1 - low))


@pytest.mark.parametrize("n", [1, 6, 37, 1000])
def test_none_and_all_are_bounds_to_the_bit(n: int) -> None:
    assert wilson(0, n)[0] == 0.0
    assert wilson(n, n)[1] == 1.0


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_impossible_counts_are_refused(right: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{right} right of {n}"):
        wilson(right, n)
