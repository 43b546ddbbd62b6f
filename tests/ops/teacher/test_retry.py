"""How long to wait: what the endpoint asks for, within reason; else longer each time."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.teacher.retry import LONGEST_S, RETRIED, STOPS, wait_s


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        pytest.param("2", 2.0, id="seconds"),
        pytest.param(" 3 ", 3.0, id="blanks"),
        pytest.param("0", 0.0, id="at_once"),
        pytest.param("1000000000", LONGEST_S, id="years"),
        pytest.param("9" * 500, LONGEST_S, id="no_float"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, id="date_past"),
    ],
)
def test_retry_after_is_kept_to(asked: str, seconds: float) -> None:
    assert wait_s(0, asked) == seconds


def test_retry_after_as_a_date() -> None:
    until = datetime.now(UTC) + timedelta(seconds=30)
    assert 25 < wait_s(0, format_datetime(until, usegmt=True)) <= 30


@pytest.mark.parametrize("asked", [None, "soon", "-1", "²", "1.5e3x", ""])
def test_otherwise_the_wait_doubles_with_jitter(asked: str | None) -> None:
    for attempt in range(12):
        doubled = min(LONGEST_S, 0.25 * 2**attempt)
        waits = [wait_s(attempt, asked) for _ in range(50)]
        assert doubled / 2 <= min(waits) < max(waits) <= doubled


@given(st.text())
def test_any_header_gives_a_wait_within_reason(asked: str) -> None:
    assert 0 <= wait_s(3, asked) <= LONGEST_S


def test_a_refused_key_is_not_tried_again() -> None:
    assert not RETRIED & STOPS.keys()
    assert not {400, 301, 302, 307, 308, 404, 422} & RETRIED
