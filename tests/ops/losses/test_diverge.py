"""Temperatures: what they do to each divergence, and to the size of its gradient."""

from typing import get_args

import pytest
import torch
from torch import Tensor

from ops.losses.config import DivergenceConfig, DivergenceName
from ops.losses.diverge import HOTTEST, Conditions, costs, diverge, priced
from tests.ops.losses.naive import draw, gradient, kl, logs, tempered

NAMES: tuple[DivergenceName, ...] = get_args(DivergenceName)
every = pytest.mark.parametrize("name", NAMES)


def near(scale: float) -> tuple[Tensor, Tensor]:
    """Teachers, and students not far from them."""
    teacher = draw(1, 64, 21, scale=1.0)
    return teacher.log_softmax(-1), (teacher + draw(2, 64, 21, scale=scale)).requires_grad_()


@every
def test_is_zero_without_a_gradient_at_the_teacher_at_any_temperature(
    name: DivergenceName,
) -> None:
    logits = draw(3, 6, 5).requires_grad_()
    logp = logits.detach().log_softmax(-1)
    at = Conditions(3.0, agreement=0.4)
    found = diverge(DivergenceConfig(name=name), logp, logits.log_softmax(-1), at)
    assert found.abs().max() < 1e-12
    assert gradient(found.sum(), logits).abs().max() < 1e-12


@every
def test_the_temperature_hardly_changes_the_size_of_the_gradient(name: DivergenceName) -> None:
    """Within 1.4, from 1 to 8. Without the factor it would fall to a sixty-fourth."""
    logp, logits = near(0.5)
    sizes = []
    for temperature in (1.0, 2.0, 4.0, 8.0):
        at = Conditions(temperature, agreement=1.0)
        found = diverge(DivergenceConfig(name=name), logp, logits.log_softmax(-1), at)
        sizes.append(gradient(found.mean(), logits).norm().item())
    assert max(sizes) / min(sizes) < 1.4


def test_forward_kl_at_a_temperature_is_the_formula() -> None:
    logp, logq = logs(1, 4, 5), logs(2, 4, 5)
    found = diverge(DivergenceConfig(), logp, logq, Conditions(2.5))
    expected = [
        2.5**2 * kl(tempered(p, 2.5), tempered(q, 2.5)).item()
        for p, q in zip(logp.exp(), logq.exp(), strict=True)
    ]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("agreement", "hotter"),
    [(1.0, 3.0), (0.5, 4.5), (0.0, 6.0)],
)
def test_adaptive_is_hotter_the_less_the_student_agrees(agreement: float, hotter: float) -> None:
    logp, logq = logs(1, 4, 5), logs(2, 4, 5)
    plain = DivergenceConfig()
    first, second = (diverge(plain, logp, logq, Conditions(at)) for at in (3.0, hotter))
    found = diverge(DivergenceConfig(name="adaptive"), logp, logq, Conditions(3.0, agreement))
    torch.testing.assert_close(found, 0.7 * first + 0.3 * second)


def test_adaptive_has_a_hottest_temperature() -> None:
    logp, logq = logs(1, 4, 5), logs(2, 4, 5)
    config = DivergenceConfig(name="adaptive", second=1.0)
    found = diverge(config, logp, logq, Conditions(8.0, agreement=0.0))
    torch.testing.assert_close(found, diverge(DivergenceConfig(), logp, logq, Conditions(HOTTEST)))


def test_no_two_divergences_are_the_same() -> None:
    logp, logq = logs(1, 4, 5), logs(2, 4, 5)
    found = set()
    for name in NAMES:  # the other symmetric one is jensen_shannon at a half
        config = DivergenceConfig(name=name, alpha=0.3, kind="jeffreys")
        found.add(round(diverge(config, logp, logq, Conditions(2.0)).sum().item(), 9))
    assert len(found) == len(NAMES)


def test_costs_are_made_for_transport_alone() -> None:
    table, ids = draw(1, 6, 3), torch.tensor([[0, 1]])
    assert costs(priced(DivergenceConfig(), table), ids) is None
    assert costs(priced(DivergenceConfig(name="wasserstein"), None), ids) is None
    made = costs(priced(DivergenceConfig(name="wasserstein"), table), ids)
    assert made is not None
    assert made.shape == (1, 3, 3)
