"""Figures of one measurement."""

from benchmarks.teacher_client.measure import percentiles


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    hundredths = [number / 100 for number in range(100, 0, -1)]
    assert percentiles(hundredths) == {"p50_s": 0.5, "p99_s": 0.99}
    assert percentiles([0.1, 0.3, 0.2]) == {"p50_s": 0.2, "p99_s": 0.3}
    assert percentiles(None) == {"p50_s": None, "p99_s": None}
