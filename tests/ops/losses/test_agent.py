"""Structured-agent distillation against a loop over tokens; presets; what is kept between steps."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ops.losses.agent import AgentDistillation
from ops.losses.config import PRESETS, AgentConfig, DivergenceConfig, FeedbackConfig, GroupWeights
from ops.losses.contract import Targets
from tests.ops.losses.naive import (
    descended,
    distances,
    draw,
    gradient,
    kl,
    look,
    nats,
    tempered,
    told,
)

V = 9
SPANS = ["reasoning", "reasoning", "tool_name", "json_value", "prose", "integration", "action"]
N = len(SPANS)
TAUGHT = [0, 1, 2, 3, 5, 6]


def targets() -> Targets:
    return told(draw(1, N, V), [0, 3, 5, 8, 2, 2, 1], 3, SPANS, untaught=(4,))


def test_is_the_weighted_sum_of_its_parts() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    config = AgentConfig(weighting="constant", divergence=DivergenceConfig())
    found = descended(AgentDistillation(config), look(logits, wanted), wanted)
    weight = torch.tensor([2.0, 2.0, 1.5, 1.5, 0.8, 0.8, 1.5]).double()

    def mean(values: Tensor, rows: list[int]) -> Tensor:
        return (values[rows] * weight[rows]).sum() / weight[rows].sum()

    def apart(p: Tensor, q: Tensor) -> Tensor:
        return 9 * kl(tempered(p, 3.0), tempered(q, 3.0))

    everything = list(range(N))
    far, text = distances(logits, wanted, apart), nats(logits, wanted)
    least = -0.1 * torch.tensor(0.1).log() - 0.9 * torch.tensor(0.9).log()
    smooth = 0.9 * text - 0.1 * (1 - (-text).exp()).log() - least
    seen = list(zip(wanted.ids_NK, logits.softmax(-1), strict=True))
    listed = [q[ids[ids >= 0]] for ids, q in seen]
    entropy = torch.stack(
        [-(q * q.log()).sum() - (1 - q.sum()) * (1 - q.sum()).log() for q in listed]
    )
    top = torch.stack([q.max() ** 2 for q in listed])
    spans = {0: ([0, 1], 0), 1: ([2, 3], 1), 2: ([5], 2), 3: ([6], 1)}
    uneven = torch.zeros(N, dtype=torch.float64)
    for rows, group in spans.values():
        same = [row for others, one in spans.values() if one == group for row in others]
        uneven[rows] = (mean(far, rows) - mean(far, same)) ** 2
    expected = 0.9 * mean(far, TAUGHT) + 0.1 * mean(smooth, everything)
    expected = expected - 0.01 * mean(entropy, everything) + 0.05 * mean(top, everything)
    expected = (expected + 0.1 * mean(uneven, TAUGHT)) / 1.16
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-6, rtol=1e-6
    )


def test_the_paper_is_two_masked_divergences() -> None:
    """λ_r Σ m_r KL + λ_a Σ m_a KL, over the tokens of either; nothing else has a gradient."""
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    config = PRESETS["paper"].model_copy(
        update={"groups": GroupWeights(reasoning=3.0, action=1.0, other=0.0)}
    )
    found = descended(AgentDistillation(config), look(logits, wanted), wanted)
    far = distances(logits, wanted, kl)
    expected = (3 * far[[0, 1]].sum() + far[[2, 3, 6]].sum()) / (3 * 2 + 3)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-9, rtol=0
    )
    assert gradient(found, logits)[[4, 5]].abs().max() == 0


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_moves_the_student(name: str) -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    objective = AgentDistillation(PRESETS[name], draw(5, V, 4))
    found = gradient(descended(objective, look(logits, wanted), wanted, progress=0.5), logits)
    assert found.isfinite().all()
    assert found[2].abs().max() > 1e-4


def test_no_two_presets_are_the_same() -> None:
    logits, wanted = draw(2, N, V), targets()
    found = {
        round(descended(AgentDistillation(one), look(logits, wanted), wanted).item(), 6)
        for one in PRESETS.values()
    }
    assert len(found) == len(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_the_sums_do_not_depend_on_how_the_rows_are_cut(name: str) -> None:
    """Between spans, that is, and without the unevenness, which a chunk measures on its own."""
    logits, wanted = draw(2, N, V), targets()
    objective = AgentDistillation(PRESETS[name].model_copy(update={"consistency": 0.0}))
    seen = look(logits, wanted)
    torch.testing.assert_close(
        descended(objective, seen, wanted, cut=4), descended(objective, seen, wanted)
    )


@pytest.mark.parametrize("rows", [slice(0, 0), slice(4, 5)], ids=["none", "not_taught"])
def test_without_a_taught_row_the_divergence_is_zero_with_a_path(rows: slice) -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets().chunk(rows)
    objective = AgentDistillation(PRESETS["production"])
    sums = objective.sums(look(logits[rows], wanted), wanted, 0.0)
    assert sums["divergence"].item() == sums["consistency"].item() == 0
    assert gradient(sums["divergence"] + sums["consistency"], logits).abs().max() == 0
    assert objective.counts(wanted, 0.0)["divergence"] == 0


def test_regularisers_do_not_take_the_weight_of_an_absent_divergence() -> None:
    objective = AgentDistillation(AgentConfig())
    found = objective.weights({"cross_entropy": True, "entropy": True, "confidence": True}, 0.0)
    assert found == pytest.approx(
        {"cross_entropy": 1 / 1.06, "entropy": 0.01 / 1.06, "confidence": 0.05 / 1.06}
    )


def test_the_divergence_is_measured_group_by_group_and_not_descended_twice() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    objective = AgentDistillation(AgentConfig())
    sums, counts = objective.sums(look(logits, wanted), wanted, 0.0), objective.counts(wanted, 0.0)
    far = distances(logits, wanted, kl)
    for group, rows in {"reasoning": [0, 1], "action": [2, 3, 6], "other": [5]}.items():
        name = f"divergence_{group}"
        assert sums[name].item() / counts[name] == pytest.approx(far[rows].mean().item())
        assert not sums[name].requires_grad
        assert objective.weights(dict.fromkeys(counts, True), 0.0)[name] == 0


def test_measures_by_group_can_be_left_out() -> None:
    quiet = AgentDistillation(PRESETS["fast"])
    assert not [name for name in quiet.counts(targets(), 0.0) if "_action" in name]


def test_a_step_changes_the_next_and_a_saved_state_goes_on() -> None:
    logits, wanted = draw(2, N, V), targets()
    config = AgentConfig(feedback=FeedbackConfig(every=1, factor=1.5, dead_band=0.0))
    first, seen = AgentDistillation(config), look(logits, wanted)
    before = descended(first, seen, wanted).item()
    means = {"agreement": 0.8, "divergence_action": 0.5, "divergence_reasoning": 1.0}
    first.stepped(means | {"cross_entropy": 1.0})
    first.stepped(means | {"cross_entropy": 2.0})
    assert first.state()["feedback"]["temperature"] == 4.5
    second = AgentDistillation(config)
    second.restore(json.loads(json.dumps(first.state())))
    after = [descended(one, seen, wanted).item() for one in (first, second)]
    assert after[0] == after[1] != before


def test_only_two_weightings_look_at_the_student_first() -> None:
    assert [
        name
        for name in ("uniform", "curriculum", "adaptive", "confidence", "difficulty")
        if AgentDistillation(AgentConfig.model_validate({"weighting": name})).looks_first
    ] == ["confidence", "difficulty"]


def test_an_example_that_counts_twice_counts_as_two() -> None:
    wanted, logits = targets(), draw(2, N, V)
    objective = AgentDistillation(AgentConfig(consistency=0.0))
    twice = replace(wanted, weights_N=wanted.weights_N * torch.tensor([2, 1, 1, 1, 1, 1, 1]))
    rows = [0, *range(N)]
    doubled = Targets(*(getattr(wanted, name)[rows] for name in wanted.__slots__[:6]))
    torch.testing.assert_close(
        descended(objective, look(logits, twice), twice),
        descended(objective, look(logits[rows], doubled), doubled),
    )
