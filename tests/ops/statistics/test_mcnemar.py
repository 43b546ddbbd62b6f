"""The exact test against scipy's binomial test."""

import pytest
from scipy.stats import binomtest

from ops.statistics.mcnemar import exact


@pytest.mark.parametrize(
    ("gained", "lost"), [(0, 0), (1, 0), (5, 5), (6, 0), (12, 40), (300, 290), (40_000, 40_900)]
)
def test_exact(gained: int, lost: int) -> None:
    wanted = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert exact(gained, lost) == pytest.approx(wanted, rel=1e-9)
    assert exact(lost, gained) == exact(gained, lost)
