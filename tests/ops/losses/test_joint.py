"""Shares of an objective and of the divergence beside it; what is the objective's stays its own."""

import pytest

from ops.losses.agent import AgentDistillation
from ops.losses.config import AgentConfig, DistillationConfig, FeedbackConfig
from ops.losses.distillation import Distillation
from ops.losses.joint import Joint

PLAIN = DistillationConfig(divergence_weight=0.5, truth_start=0.2, truth_end=0.2)
ALL = {"cross_entropy": True, "divergence": True, "ground_truth": True}


def test_the_objective_keeps_its_proportions_in_what_is_left() -> None:
    found = Joint(Distillation(PLAIN), 0.25).weights(ALL | {"dense_kl": True}, 0.0)
    expected = {"cross_entropy": 0.3, "divergence": 0.3, "ground_truth": 0.15, "dense_kl": 0.25}
    assert found == pytest.approx(expected)


def test_without_the_divergence_the_shares_are_those_of_the_objective() -> None:
    alone = Distillation(PLAIN)
    for present in (ALL, ALL | {"dense_kl": False}):
        assert Joint(alone, 0.25).weights(present, 0.0) == alone.weights(ALL, 0.0)


def test_without_the_objective_the_divergence_has_all() -> None:
    none = dict.fromkeys(ALL, False)
    assert Joint(Distillation(PLAIN), 0.25).weights(none | {"dense_kl": True}, 0.0) == {
        "dense_kl": 1.0
    }


def test_with_all_the_weight_the_rest_is_measured_and_not_descended() -> None:
    found = Joint(Distillation(PLAIN), 1.0).weights(ALL | {"dense_kl": True}, 0.0)
    assert found == dict.fromkeys(ALL, 0.0) | {"dense_kl": 1.0}


def test_what_the_objective_keeps_between_steps_is_its_own() -> None:
    config = AgentConfig(feedback=FeedbackConfig(every=1))
    alone, beside = AgentDistillation(config), Joint(AgentDistillation(config), 0.5)
    means = {"agreement": 0.4, "cross_entropy": 2.0, "divergence": 1.0}
    alone.stepped(means)
    beside.stepped(means | {"dense_kl": 7.0})
    assert beside.state() == alone.state()
    again = Joint(AgentDistillation(config), 0.5)
    again.restore(beside.state())
    assert again.state() == alone.state()
    assert not beside.looks_first
