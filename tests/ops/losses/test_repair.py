"""What is broken is unlearnt, whatever the student thinks of it."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.losses.agent import AgentDistillation
from ops.losses.config import AgentConfig, DistillationConfig, RepairConfig, SupervisionConfig
from ops.losses.contract import Objective, Targets
from ops.losses.distillation import Distillation
from ops.losses.repair import Repair
from ops.losses.supervision import ProcessSupervision
from tests.ops.losses.naive import descended, draw, gradient, look, nats, told

N, V = 6, 9
BROKEN = torch.tensor([False, False, True, True, False, False])


def targets() -> Targets:
    plain = told(draw(1, N, V), [0, 3, 5, 8, 2, 2], 2, ["json_value"] * N)
    return replace(plain, broken_N=BROKEN)


def test_is_cross_entropy_on_the_repaired_and_unlikelihood_on_the_broken() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    found = descended(Repair(RepairConfig(unlikelihood_weight=0.25)), look(logits, wanted), wanted)
    text = nats(logits, wanted)
    unlike = -(1 - logits.softmax(-1)[[2, 3], [5, 8]]).log()
    expected = 0.75 * text[[0, 1, 4, 5]].mean() + 0.25 * unlike.mean()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-9, rtol=0
    )


@settings(max_examples=50, deadline=None)
@given(row=st.lists(st.floats(-30, 30), min_size=V, max_size=V), bad=st.integers(0, V - 1))
def test_the_broken_token_never_becomes_likelier(row: list[float], bad: int) -> None:
    logits = torch.tensor([row], dtype=torch.float64).requires_grad_()
    wanted = replace(told(draw(1, 1, V), [bad], 2, ["prose"]), broken_N=torch.tensor([True]))
    loss = descended(Repair(RepairConfig()), look(logits, wanted), wanted)
    slope = gradient(loss, logits)
    assert slope.isfinite().all()
    assert slope[0, bad] >= 0
    after = (logits - 0.1 * slope).softmax(-1)[0, bad]
    assert after <= logits.softmax(-1)[0, bad] + 1e-12


def test_a_student_that_is_sure_of_the_broken_token_is_moved() -> None:
    """In single precision 1 - q would be 0."""
    logits = torch.tensor([[40.0, 0.0, 0.0]]).requires_grad_()
    wanted = replace(told(draw(1, 1, 3), [0], 1, ["prose"]), broken_N=torch.tensor([True]))
    loss = descended(Repair(RepairConfig()), look(logits, wanted), wanted)
    assert loss.item() == pytest.approx(40 - torch.tensor(2.0).log().item(), rel=1e-5)
    assert gradient(loss, logits)[0, 0].item() == pytest.approx(1.0, rel=1e-5)


def test_without_anything_broken_it_is_cross_entropy() -> None:
    logits, wanted = draw(2, N, V), replace(targets(), broken_N=torch.zeros(N, dtype=torch.bool))
    found = descended(Repair(RepairConfig()), look(logits, wanted), wanted)
    torch.testing.assert_close(found, nats(logits, wanted).mean())


@pytest.mark.parametrize(
    "objective",
    [
        Distillation(DistillationConfig()),
        ProcessSupervision(SupervisionConfig()),
        AgentDistillation(AgentConfig()),
    ],
    ids=["distillation", "supervision", "agent"],
)
def test_no_other_objective_learns_from_a_broken_row(objective: Objective) -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    found = gradient(descended(objective, look(logits, wanted), wanted), logits)
    assert found[BROKEN].abs().max() == 0
    assert (found[~BROKEN].abs().sum(-1) > 0).all()
