"""Holm's adjustment: its definition, and what it promises."""

import numpy as np
import pytest

from ops.statistics.holm import adjusted


def test_the_worked_example() -> None:
    """R: p.adjust(c(.01, .02, .03, .04, .005), "holm")."""
    assert adjusted([0.01, 0.02, 0.03, 0.04, 0.005]) == pytest.approx(
        [0.04, 0.06, 0.06, 0.06, 0.025]
    )
    assert adjusted([]) == []
    assert adjusted([0.7, 0.9]) == [1.0, 1.0]


def test_a_false_alarm_among_many_stays_rare() -> None:
    drawn = np.random.default_rng(5).uniform(size=(2000, 20))
    alarms = sum(min(adjusted(list(row))) <= 0.05 for row in drawn)
    assert 0.03 < alarms / 2000 < 0.065
