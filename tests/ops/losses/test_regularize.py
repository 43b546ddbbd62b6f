"""Regularisers move the student the way that their names say."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ops.losses.agent import AgentDistillation
from ops.losses.config import AgentConfig
from ops.losses.consistency import unevenness
from ops.losses.contract import Targets
from ops.losses.outcomes import entropy, own
from ops.losses.regularize import smoothed_cross_entropy
from tests.ops.losses.naive import descended, draw, gradient, look, told

N, V = 4, 7
ALONE = AgentConfig(
    weighting="uniform", cross_entropy_weight=0.0, entropy=0.0, confidence=0.0, consistency=0.0
)


def untaught() -> Targets:
    """The teacher told nothing, and five tokens are listed all the same."""
    wanted = told(draw(1, N, V), [0, 3, 5, 1], 4, ["prose"] * N)
    return replace(wanted, teacher_logp_NK=torch.full((N, 5), float("-inf")).double())


def descend(config: AgentConfig, measure: Callable[[Tensor], Tensor]) -> list[float]:
    """The measure over fifty steps on the objective of a regulariser alone."""
    wanted, logits = untaught(), draw(2, N, V, scale=2.5).requires_grad_()
    objective = AgentDistillation(config)
    found = []
    for _ in range(50):
        seen = look(logits, wanted)
        found.append(measure(own(seen)).item())
        slope = gradient(descended(objective, seen, wanted), logits)
        logits = (logits - 2.0 * slope).detach().requires_grad_()
    return found


def test_the_entropy_bonus_raises_the_entropy() -> None:
    found = descend(ALONE.model_copy(update={"entropy": 0.01}), lambda logq: entropy(logq).mean())
    assert found == sorted(found)
    assert found[-1] > found[0] + 0.3


def test_the_confidence_penalty_lowers_the_largest_probability() -> None:
    found = descend(
        ALONE.model_copy(update={"confidence": 0.05}),
        lambda logq: logq[:, :-1].exp().amax(-1).mean(),
    )
    assert found[-1] < found[0] - 0.1


@pytest.mark.parametrize("smoothing", [0.05, 0.1, 0.5])
def test_smoothed_cross_entropy_is_least_where_the_rest_is_the_others(smoothing: float) -> None:
    rest = smoothing / (V - 1)
    q = torch.tensor([[1 - smoothing] + [rest] * (V - 1)], dtype=torch.float64)
    wanted = told(draw(1, 1, V), [0], 3, ["prose"])
    logits = q.log().requires_grad_()
    found = smoothed_cross_entropy(look(logits, wanted), smoothing)
    assert found.item() == pytest.approx(0.0, abs=1e-12)
    assert gradient(found.sum(), logits).abs().max() < 1e-9
    surer = smoothed_cross_entropy(look(5 * logits.detach(), wanted), smoothing)
    assert surer.item() > 0.01


def test_without_smoothing_it_is_cross_entropy() -> None:
    wanted, logits = untaught(), draw(2, N, V)
    found = smoothed_cross_entropy(look(logits, wanted), 0.0)
    expected = torch.nn.functional.cross_entropy(logits, wanted.ids_NK[:, 0], reduction="none")
    torch.testing.assert_close(found, expected)


def test_smoothing_does_not_move_a_student_that_equals_the_teacher_away_from_it() -> None:
    """It is of the text alone: the divergence stays 0, with a gradient of 0."""
    teacher = draw(1, N, V)
    wanted, logits = told(teacher, [0, 3, 5, 1], 3, ["prose"] * N), teacher.clone().requires_grad_()
    config = ALONE.model_copy(update={"label_smoothing": 0.1, "cross_entropy_weight": 0.0})
    loss = descended(AgentDistillation(config), look(logits, wanted), wanted)
    assert loss.item() == pytest.approx(0.0, abs=1e-12)
    assert gradient(loss, logits).abs().max() < 1e-12


def test_unevenness_is_the_variance_of_the_spans_means() -> None:
    """Spans of 1 and 3 nats in one group, one of 9 in another: a variance of 1, and of 0."""
    values = torch.tensor([0.5, 1.5, 3.0, 3.0, 9.0])
    found = unevenness(
        values, torch.tensor([4, 4, 7, 7, 8]), torch.tensor([1, 1, 1, 1, 0]), torch.ones(5)
    )
    assert found.tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_rows_without_weight_are_in_no_span() -> None:
    values = torch.tensor([1.0, 99.0, 3.0])
    found = unevenness(
        values, torch.tensor([0, 0, 1]), torch.ones(3).long(), torch.tensor([1, 0, 1])
    )
    assert found.tolist() == [1.0, 0.0, 1.0]


def test_unevenness_of_nothing_is_nothing() -> None:
    none = torch.empty(0)
    assert unevenness(none, none.long(), none.long(), none).shape == (0,)


def test_spans_that_differ_and_are_learnt_are_not_pulled_together() -> None:
    """Two calls of one kind with other distributions; the student equals the teacher in both."""
    teacher = torch.tensor([[6.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 6.0]]).double()
    wanted = told(teacher, [0, 3], 2, ["action", "action"])
    wanted = replace(wanted, spans_N=torch.tensor([0, 1]))
    logits = teacher.clone().requires_grad_()
    config = ALONE.model_copy(update={"consistency": 10.0})
    loss = descended(AgentDistillation(config), look(logits, wanted), wanted)
    assert gradient(loss, logits).abs().max() < 1e-12
    assert (logits[0].softmax(-1) - logits[1].softmax(-1)).abs().max() > 0.9


def test_the_worse_of_two_spans_is_pulled_to_the_teacher() -> None:
    teacher = draw(1, 2, 5)
    wanted = told(teacher, [0, 3], 2, ["action", "action"])
    wanted = replace(wanted, spans_N=torch.tensor([0, 1]))
    logits = torch.stack([teacher[0], draw(2, 1, 5)[0]]).requires_grad_()
    objective = AgentDistillation(ALONE.model_copy(update={"consistency": 0.1}))
    sums = objective.sums(look(logits, wanted), wanted, 0.0)
    slope = gradient(sums["consistency"], logits)
    towards = gradient(sums["divergence"], logits)
    assert slope[0].abs().max() < 1e-9
    assert torch.nn.functional.cosine_similarity(slope[1], towards[1], dim=0) > 0.99
