"""Laws of the divergence, and torch.distributions as an independent reference."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, kl_divergence

from ops.losses.objective import TAIL_FLOOR, log_tail, topk_forward_kl

N, V = 6, 11


def draw(seed: int, scale: float = 2.0) -> Tensor:
    return scale * torch.randn(N, V, generator=torch.Generator().manual_seed(seed))


def top(logits_NV: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The K likeliest ids and their log-probabilities."""
    logp_NK, ids_NK = logits_NV.log_softmax(-1).topk(k)
    return ids_NK, logp_NK


def full(teacher_NV: Tensor, student_NV: Tensor) -> Tensor:
    reference: Tensor = kl_divergence(
        Categorical(logits=teacher_NV), Categorical(logits=student_NV)
    )
    return reference


@pytest.mark.parametrize("k", [1, 5, V - 1, V])
def test_is_zero_when_the_student_equals_the_teacher(k: int) -> None:
    teacher = draw(0)
    found = topk_forward_kl(teacher, *top(teacher, k))
    # With no token left for the tail, the floor of its mass remains: 1e-6 of at most 87 nats.
    assert found.abs().max() < (100 * TAIL_FLOOR if k == V else 1e-5)


@pytest.mark.parametrize("k", [1, 2, 5, V - 1])
@pytest.mark.parametrize("seed", range(5))
def test_is_never_negative_and_never_above_the_full_kl(k: int, seed: int) -> None:
    teacher, student = draw(seed), draw(seed + 100)
    found, whole = topk_forward_kl(student, *top(teacher, k)), full(teacher, student)
    assert (found >= -1e-5).all()
    assert (found <= whole + 1e-5).all()


def test_more_outcomes_tell_more() -> None:
    teacher, student = draw(1), draw(2)
    found = torch.stack([topk_forward_kl(student, *top(teacher, k)) for k in range(1, V)])
    assert (found.diff(dim=0) >= -1e-5).all()


def test_equals_the_full_kl_when_every_token_is_an_outcome() -> None:
    teacher, student = draw(3), draw(4)
    found = topk_forward_kl(student, *top(teacher, V))
    torch.testing.assert_close(found, full(teacher, student), atol=100 * TAIL_FLOOR, rtol=1e-4)


def test_worked_example_of_two_outcomes_and_a_tail() -> None:
    """Teacher 0.5, 0.3, tail 0.2; student 0.25 each of four tokens: tail 0.5."""
    ids, logp = torch.tensor([[0, 1]]), torch.tensor([[0.5, 0.3]]).log()
    expected = 0.5 * torch.tensor(2.0).log() + 0.3 * torch.tensor(1.2).log()
    expected += 0.2 * torch.tensor(0.4).log()
    assert topk_forward_kl(torch.zeros(1, 4), ids, logp).item() == pytest.approx(expected.item())


def test_an_absent_outcome_changes_nothing() -> None:
    teacher, student = draw(5), draw(6).requires_grad_()
    ids, logp = top(teacher, 3)
    none, floor = torch.full((N, 2), -1), torch.full((N, 2), -60.0)
    plain = topk_forward_kl(student, ids, logp)
    padded = topk_forward_kl(student, torch.cat([ids, none], 1), torch.cat([logp, floor], 1))
    torch.testing.assert_close(padded, plain)
    (one,) = torch.autograd.grad(plain.sum(), student, retain_graph=True)
    (two,) = torch.autograd.grad(padded.sum(), student)
    torch.testing.assert_close(two, one)


@pytest.mark.parametrize("k", [1, 4, V])
def test_the_gradient_is_finite_and_stays_in_its_row(k: int) -> None:
    student = draw(7).requires_grad_()
    topk_forward_kl(student, *top(draw(8), k))[2].backward()
    assert student.grad is not None
    assert student.grad.isfinite().all()
    assert student.grad[2].abs().sum() > 0.01
    assert student.grad[[0, 1, 3, 4, 5]].abs().sum() == 0


def test_descends_to_the_teacher() -> None:
    """The gradient at the outcomes is student minus teacher when every token is one."""
    teacher, student = draw(9), draw(10).requires_grad_()
    topk_forward_kl(student, *top(teacher, V)).sum().backward()
    assert student.grad is not None
    torch.testing.assert_close(
        student.grad, student.detach().softmax(-1) - teacher.softmax(-1), atol=1e-4, rtol=1e-3
    )


@pytest.mark.parametrize(
    "sure",
    [pytest.param(0.0, id="all_mass"), pytest.param(1e-4, id="more_than_all_by_rounding")],
)
def test_a_tail_of_no_mass_is_no_nan(sure: float) -> None:
    student = torch.tensor([[80.0, 0.0, -80.0]]).requires_grad_()
    found = topk_forward_kl(student, torch.tensor([[2]]), torch.tensor([[sure]]))
    found.sum().backward()
    assert found.isfinite().all()
    assert found.item() == pytest.approx(160, rel=1e-3)
    assert student.grad is not None
    assert student.grad.isfinite().all()


def test_the_tail_is_summed_and_not_subtracted() -> None:
    """In fp32, 1 - p is 0 long before the tail's logarithm is out of reach."""
    logits = torch.tensor([[40.0, 0.0, 0.0]])
    found = log_tail(logits, torch.tensor([[0]])).item()
    assert found == pytest.approx(torch.tensor(2.0).log().item() - 40, abs=1e-4)
