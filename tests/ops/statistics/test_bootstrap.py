"""Intervals against closed forms and against scipy's own bootstrap."""

import math

import numpy as np
import pytest
from scipy.stats import beta, binom, bootstrap

from ops.statistics.bootstrap import difference, interval, plain


def yes(right: int, of: int) -> list[tuple[float, float]]:
    return [(1.0, 1.0)] * right + [(0.0, 1.0)] * (of - right)


@pytest.mark.parametrize(("right", "of"), [(30, 40), (150, 195), (5, 400), (1, 3)])
def test_of_a_share_the_bounds_are_the_binomial_s(right: int, of: int) -> None:
    """A resample of a share has Binomial(n, share) right ones, whose quantiles are known."""
    low, high = interval(yes(right, of))
    wanted = binom(of, right / of).ppf([0.025, 0.975]) / of
    assert low == pytest.approx(wanted[0], abs=1.01 / of)
    assert high == pytest.approx(wanted[1], abs=1.01 / of)


@pytest.mark.parametrize("of", [1, 20, 300])
def test_where_all_or_none_are_right_the_bound_is_exact(of: int) -> None:
    assert interval(yes(0, of)) == (0.0, pytest.approx(beta.ppf(0.975, 1, of)))
    assert interval(yes(of, of)) == (pytest.approx(beta.ppf(0.025, of, 1)), 1.0)
    assert interval([(3.0, 3.0)] * of) == interval(yes(of, of))
    assert interval([(3.0, 1.0)] * of, plain) == (3.0, 3.0)


def test_of_a_mean_and_a_paired_difference_scipy_finds_the_same() -> None:
    drawn = np.random.default_rng(3)
    before = drawn.normal(size=120)
    after = before + drawn.normal(0.2, 0.5, size=120)
    as_items = [[(float(value), 1.0) for value in values] for values in (before, after)]
    of_mean = bootstrap((before,), np.mean, method="percentile", rng=1)
    assert interval(as_items[0]) == pytest.approx(tuple(of_mean.confidence_interval), abs=0.02)
    of_change = bootstrap((after - before,), np.mean, method="percentile", rng=1)
    assert difference(*as_items) == pytest.approx(tuple(of_change.confidence_interval), abs=0.02)


def test_the_ratio_weighs_items_by_their_whole() -> None:
    """Nine of ten arguments in one prompt and none of two in the other."""
    low, high = interval([(9.0, 10.0), (0.0, 2.0)])
    assert (low, high) == (0.0, 0.9)


def test_a_scale_is_applied_to_each_resample() -> None:
    nats = [(3.0, 2.0), (1.0, 4.0), (2.0, 2.0)] * 9
    plain, scaled = interval(nats), interval(nats, np.exp)
    assert scaled == pytest.approx(tuple(math.exp(bound) for bound in plain), rel=1e-3)


def test_what_is_counted_nowhere_has_no_interval() -> None:
    assert interval([]) == interval([(0.0, 0.0)]) == difference([], []) == (None, None)


def test_the_same_items_in_any_order_have_the_same_bounds() -> None:
    for items in ([*yes(7, 19), (0.5, 1.0)], [(number / 99, 1.0) for number in range(99)]):
        assert interval(items) == interval(items[::-1])


def test_drawn_one_by_one_or_by_their_counts_it_is_the_same() -> None:
    """Sixty values four times each, and so little moved that all are unlike."""
    few = [(value % 60 / 60, 1.0) for value in range(240)]
    many = [(value % 60 / 60 + value * 1e-9, 1.0) for value in range(240)]
    assert interval(few) == pytest.approx(interval(many), abs=0.01)


def test_so_many_unlike_items_that_the_draws_come_in_parts() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, size=3000)
    low, high = interval([(float(value), 1.0) for value in values])
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)
