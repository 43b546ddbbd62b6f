"""What each token counts for: the strategies differ, and none makes the loss larger."""

from dataclasses import replace
from itertools import combinations
from typing import get_args

import pytest
import torch
from torch import Tensor

from ops.losses.agent import AgentDistillation
from ops.losses.config import AgentConfig, Weighting
from ops.losses.contract import Targets
from ops.losses.weighting import LOOKING, group_weights, groups, span_weights
from ops.spans.contract import KINDS
from tests.ops.losses.naive import draw, look, told

V = 9
SPANS = ["reasoning", "reasoning", "tool_name", "json_value", "prose", "integration", "action"]
N = len(SPANS)
APART = {"reasoning": 0.2, "action": 0.8, "other": 0.4}
ALL: tuple[Weighting, ...] = get_args(Weighting)


def targets() -> Targets:
    return told(draw(1, N, V), [0, 3, 5, 8, 2, 2, 1], 3, SPANS, untaught=(4,))


def weights(weighting: Weighting, progress: float = 0.25) -> Tensor:
    """Relative to a mean of one."""
    objective, wanted = AgentDistillation(AgentConfig(weighting=weighting)), targets()
    objective.divergences = dict(APART)
    if objective.looks_first:
        wanted = objective.prepared(look(draw(2, N, V), wanted), wanted, progress)
    found = span_weights(objective.config, wanted, progress, objective.divergences)
    return found / found.mean()


@pytest.mark.parametrize("pair", [*combinations(ALL, 2)], ids="-".join)
def test_no_two_strategies_weigh_alike(pair: tuple[Weighting, Weighting]) -> None:
    one, two = map(weights, pair)
    assert (one - two).abs().max() > 0.02


@pytest.mark.parametrize("weighting", ALL)
def test_weights_are_positive_and_have_no_gradient(weighting: Weighting) -> None:
    found = weights(weighting)
    assert not found.requires_grad
    assert (found > 0).all()


@pytest.mark.parametrize("weighting", ALL)
def test_the_mean_weight_is_one(weighting: Weighting) -> None:
    """A loss of one nat in every token is one nat, however they are weighted."""
    objective, wanted = AgentDistillation(AgentConfig(weighting=weighting)), targets()
    rows = span_weights(objective.config, wanted, 0.25, APART)
    count = objective.counts(wanted, 0.25)["cross_entropy"]
    if weighting != "adaptive":  # whose own divergences are not known yet
        assert count == pytest.approx(rows.sum().item())
    assert weights(weighting).mean().item() == pytest.approx(1.0)


def test_the_groups_of_the_kinds() -> None:
    assert groups(torch.arange(len(KINDS))).tolist() == [2, 2, 3, 0, 1, 3, 1, 1, 1]


def test_base_weights_are_those_of_the_groups() -> None:
    found = group_weights(AgentConfig(weighting="constant"), 0.0, {})
    assert found == {"reasoning": 2.0, "action": 1.5, "observation": 0.0, "other": 0.8}


@pytest.mark.parametrize(
    ("weighting", "group", "factor"),
    [("reasoning_heavy", "reasoning", 2.0), ("action_heavy", "action", 2.0)],
)
def test_a_heavy_group_counts_twice(weighting: Weighting, group: str, factor: float) -> None:
    plain = group_weights(AgentConfig(weighting="constant"), 0.0, {})
    found = group_weights(AgentConfig(weighting=weighting), 0.0, {})
    assert found == plain | {group: factor * plain[group]}


def test_the_curriculum_is_monotone_and_stands_still_outside_the_run() -> None:
    config = AgentConfig(weighting="curriculum")
    found = [group_weights(config, at, {}) for at in (-1.0, 0.0, 0.3, 0.6, 1.0, 5.0)]
    reasoning, action = ([one[group] for one in found] for group in ("reasoning", "action"))
    assert reasoning == sorted(reasoning)
    assert action == sorted(action, reverse=True)
    assert [reasoning[0], reasoning[-1]] == pytest.approx([0.5 * 2.0, 2.0 * 2.0])
    assert [action[0], action[-1]] == pytest.approx([2.0 * 1.5, 1.0 * 1.5])
    assert found[0] == found[1]
    assert found[-1] == found[-2]


@pytest.mark.parametrize("apart", [{}, {"reasoning": 0.0, "action": 0.0}], ids=["none", "zero"])
def test_adaptive_without_a_divergence_is_constant(apart: dict[str, float]) -> None:
    found = group_weights(AgentConfig(weighting="adaptive"), 0.0, apart)
    assert found == group_weights(AgentConfig(weighting="constant"), 0.0, {})


def test_adaptive_weighs_most_what_is_furthest_from_the_teacher() -> None:
    found = group_weights(AgentConfig(weighting="adaptive"), 0.0, APART)
    assert found["action"] == pytest.approx(1.5 * 1.5)
    assert found["reasoning"] == pytest.approx(2.0 * 1.125)


def test_without_reasoning_tokens_its_weight_is_nowhere() -> None:
    wanted = replace(targets(), kinds_N=torch.full((N,), KINDS.index("tool_name")))
    found = span_weights(AgentConfig(weighting="reasoning_heavy"), wanted, 0.0, {})
    assert (found / found.mean()).tolist() == [1.0] * N


@pytest.mark.parametrize("weighting", LOOKING)
def test_a_student_that_is_sure_and_right_counts_by_the_strategy(weighting: Weighting) -> None:
    """Sure tokens count most for confidence, and least for difficulty."""
    wanted = targets()
    objective = AgentDistillation(AgentConfig(weighting=weighting))
    likeliest = wanted.ids_NK.gather(1, wanted.teacher_logp_NK.exp().argmax(-1, keepdim=True))
    logits = torch.zeros(N, V).double().scatter(1, likeliest[:3], 12.0)
    found = objective.prepared(look(logits, wanted), wanted, 0.0).weights_N
    sure, unsure = found[:3], found[3:]
    assert (sure.min() > unsure.max()) == (weighting == "confidence")
    assert sure.tolist() == pytest.approx([1.0] * 3, abs=1e-3)


def test_where_nothing_is_told_a_token_is_as_hard_as_the_text() -> None:
    wanted = targets()
    objective = AgentDistillation(AgentConfig(weighting="difficulty"))
    found = objective.prepared(look(torch.zeros(N, V).double(), wanted), wanted, 0.0).weights_N
    assert found[4].item() == pytest.approx(2 - 1 / V)
