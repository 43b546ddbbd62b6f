"""A temperature follows the loss, within its bounds, and goes on from a saved state."""

import json

import pytest

from ops.losses.config import FeedbackConfig
from ops.losses.feedback import Feedback

CONFIG = FeedbackConfig(every=2, factor=1.25, dead_band=0.1, least=1.0, most=4.0)


def after(nats: list[float], start: float = 2.0) -> float:
    feedback = Feedback(CONFIG, start)
    for one in nats:
        feedback.stepped(one)
    return feedback.temperature


@pytest.mark.parametrize(
    ("nats", "expected"),
    [
        pytest.param([3, 3], 2.0, id="nothing_to_compare_with"),
        pytest.param([3, 3, 3.05, 3.05], 2.0, id="dead_band"),
        pytest.param([3, 3, 4, 4], 2.5, id="rose"),
        pytest.param([3, 3, 2, 2], 1.6, id="fell"),
        pytest.param([3, 3, 2], 2.0, id="interval_not_over"),
        pytest.param([3, 3] + [3 + n // 2 for n in range(2, 20)], 4.0, id="most"),
        pytest.param([9, 9] + [8 - n // 2 for n in range(16)], 1.0, id="least"),
    ],
)
def test_the_temperature_after_these_losses(nats: list[float], expected: float) -> None:
    assert after(nats) == pytest.approx(expected)


@pytest.mark.parametrize("stop", range(7))
def test_stopped_anywhere_it_goes_on_as_if_it_had_not_been(stop: int) -> None:
    nats = [3.0, 3.0, 4.0, 5.0, 2.0, 2.0]
    first, second = Feedback(CONFIG, 2.0), Feedback(CONFIG, 2.0)
    for one in nats[:stop]:
        first.stepped(one)
    second.restore(json.loads(json.dumps(first.state())))
    for one in nats[stop:]:
        first.stepped(one)
        second.stepped(one)
    assert second.state() == first.state()
    assert first.temperature == after(nats)
