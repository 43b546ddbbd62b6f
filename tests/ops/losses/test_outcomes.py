"""Both sides are distributions over the same outcomes, and merging them only hides."""

import math
from dataclasses import replace

import pytest
import torch

from ops.losses import outcomes
from ops.losses.contract import Outcomes
from ops.losses.divergence import forward_kl
from ops.losses.outcomes import NOTHING
from tests.ops.losses.naive import draw, gradient, kl, look, merged, told

V = 9
LABELS = [0, 3, 8, 5]
KINDS = ["prose"] * 4


def test_the_student_has_the_mass_of_each_outcome_and_of_all_others() -> None:
    student, wanted = draw(1, 4, V), told(draw(2, 4, V), LABELS, 3, KINDS)
    found = outcomes.student(look(student, wanted), wanted).exp()
    for row, (_, q) in enumerate(merged(student, wanted)):
        assert found[row][found[row] > 0].tolist() == pytest.approx(q.tolist(), abs=1e-12)


def test_the_teacher_has_what_it_told_and_the_rest_in_the_tail() -> None:
    wanted = told(draw(2, 4, V), LABELS, 3, KINDS)
    found = outcomes.teacher(wanted).exp()
    for row, (p, _) in enumerate(merged(draw(1, 4, V), wanted)):
        assert found[row][found[row] > 0].tolist() == pytest.approx(p.tolist(), abs=1e-12)


def test_a_label_that_the_teacher_did_not_tell_is_part_of_the_tail() -> None:
    """Two tokens told of four, the label a third: its quarter joins the tail's quarter."""
    wanted = replace(
        told(torch.zeros(1, 4), [3], 2, ["prose"]),
        ids_NK=torch.tensor([[3, 0, 1]]),
        teacher_logp_NK=torch.tensor([[-math.inf, math.log(0.5), math.log(0.25)]]),
    )
    seen = look(torch.zeros(1, 4), wanted)
    assert outcomes.student(seen, wanted).exp().tolist() == [[0.0, 0.25, 0.25, 0.5]]
    assert outcomes.teacher(wanted).exp()[0].tolist() == pytest.approx([0, 0.5, 0.25, 0.25])


def test_a_row_that_is_not_taught_has_no_divergence_and_no_gradient() -> None:
    student = draw(1, 4, V).requires_grad_()
    wanted = told(draw(2, 4, V), LABELS, 3, KINDS, untaught=(0, 1, 2, 3))
    seen = look(student, wanted)
    apart = forward_kl(outcomes.teacher(wanted), outcomes.student(seen, wanted))
    assert apart.abs().max() < 1e-12
    assert gradient(apart.sum(), student).abs().max() < 1e-12


def test_rounding_leaves_the_teacher_a_distribution() -> None:
    wanted = replace(
        told(torch.zeros(1, 3), [0], 1, ["prose"]),
        ids_NK=torch.tensor([[0, 1]]),
        teacher_logp_NK=torch.tensor([[math.log(0.6), math.log(0.41)]]),
    )
    assert outcomes.teacher(wanted).exp().sum().item() == pytest.approx(1.0, abs=1e-6)


def test_no_token_is_left_for_the_tail_and_nothing_is_infinite() -> None:
    wanted = told(draw(1, 1, 3), [0], 3, ["prose"])
    student = draw(2, 1, 3).requires_grad_()
    found = outcomes.student(look(student, wanted), wanted)
    assert found.isfinite().all()
    assert gradient(forward_kl(outcomes.teacher(wanted), found).sum(), student).isfinite().all()


@pytest.mark.parametrize("temperature", [1.0, 2.0, 10.0])
def test_tempering_is_the_power_renormalised_and_makes_no_mass(temperature: float) -> None:
    logs = [[math.log(0.7), NOTHING, math.log(0.2), math.log(0.1)]]
    logp = torch.tensor(logs, dtype=torch.float64)
    found = outcomes.temper(logp, temperature).exp()[0]
    powers = [0.7 ** (1 / temperature), 0.0, 0.2 ** (1 / temperature), 0.1 ** (1 / temperature)]
    assert found.tolist() == pytest.approx([one / sum(powers) for one in powers], abs=1e-12)


def test_the_entropy_of_tokens_lies_between_the_two_bounds() -> None:
    whole = draw(5, 6, 40)
    wanted = told(whole, [0] * 6, 5, ["prose"] * 6)
    wanted = replace(
        wanted,
        ids_NK=wanted.ids_NK.where(wanted.teacher_logp_NK.isfinite(), -1),
    )
    exact = -(whole.softmax(-1) * whole.log_softmax(-1)).sum(-1)
    logp = outcomes.teacher(wanted)
    assert (outcomes.entropy(logp) <= exact).all()
    assert (outcomes.entropy_ceiling(logp, 40 - 5) >= exact).all()


def test_uncertainty_runs_from_none_to_all() -> None:
    sure = torch.tensor([[0.0, NOTHING, NOTHING]])
    assert outcomes.uncertainty(sure).item() == pytest.approx(0.0, abs=1e-6)
    assert outcomes.uncertainty(torch.zeros(1, 3).log_softmax(-1)).item() == pytest.approx(1.0)


def test_agreement_is_of_listed_tokens() -> None:
    teacher = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]).log()
    student = torch.tensor([[0.3, 0.2, 0.5], [0.3, 0.2, 0.5]]).log()
    assert outcomes.agreement(teacher, student).tolist() == [1.0, 0.0]


def test_the_probability_of_any_other_token_does_not_cancel() -> None:
    seen = Outcomes(torch.tensor([[0.0, -math.inf]]), torch.tensor([-40.0]))
    assert outcomes.other_than_label(seen).item() == pytest.approx(-40.0)


@pytest.mark.parametrize("k", [1, 4, V - 1])
def test_merged_outcomes_never_raise_the_divergence(k: int) -> None:
    teacher, student = draw(1, 4, V), draw(2, 4, V)
    wanted = told(teacher, LABELS, k, KINDS)
    seen = look(student, wanted)
    found = forward_kl(outcomes.teacher(wanted), outcomes.student(seen, wanted))
    whole = torch.stack(
        [kl(p, q) for p, q in zip(teacher.softmax(-1), student.softmax(-1), strict=True)]
    )
    assert (found <= whole + 1e-12).all()
    assert (found >= 0).all()
