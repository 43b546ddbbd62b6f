"""Laws of every divergence, and each against its formula written plainly."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ops.losses.divergence import (
    alpha_divergence,
    focal_kl,
    forward_kl,
    jeffreys,
    jensen_shannon,
    reverse_kl,
    skewed_kl,
)
from ops.losses.outcomes import NOTHING
from tests.ops.losses.naive import draw, gradient, kl, logs

Divergence = Callable[[Tensor, Tensor], Tensor]
ALL: dict[str, Divergence] = {
    "forward_kl": forward_kl,
    "reverse_kl": reverse_kl,
    "skewed_kl": lambda p, q: skewed_kl(p, q, 0.1),
    "jensen_shannon": lambda p, q: jensen_shannon(p, q, 0.3),
    "jeffreys": jeffreys,
    "focal_kl": lambda p, q: focal_kl(p, q, 2.0),
    "alpha_0": lambda p, q: alpha_divergence(p, q, 0.0),
    "alpha_0.3": lambda p, q: alpha_divergence(p, q, 0.3),
    "alpha_0.5": lambda p, q: alpha_divergence(p, q, 0.5),
    "alpha_1": lambda p, q: alpha_divergence(p, q, 1.0),
    "alpha_1.5": lambda p, q: alpha_divergence(p, q, 1.5),
}


def _mix(p: Tensor, q: Tensor, share: float) -> Tensor:
    return share * p + (1 - share) * q


def _alpha(alpha: float) -> Divergence:
    def plain(p: Tensor, q: Tensor) -> Tensor:
        return ((p**alpha * q ** (1 - alpha)).sum() - 1) / (alpha * (alpha - 1))

    return plain


PLAIN: dict[str, Divergence] = {
    "forward_kl": kl,
    "reverse_kl": lambda p, q: kl(q, p),
    "skewed_kl": lambda p, q: kl(p, _mix(p, q, 0.1)),
    "jensen_shannon": lambda p, q: 0.3 * kl(p, _mix(p, q, 0.3)) + 0.7 * kl(q, _mix(p, q, 0.3)),
    "jeffreys": lambda p, q: kl(p, q) + kl(q, p),
    "focal_kl": lambda p, q: (1 - q[p[:-1].argmax()].item()) ** 2 * kl(p, q),
    "alpha_0": lambda p, q: kl(q, p),
    "alpha_0.3": _alpha(0.3),
    "alpha_0.5": lambda p, q: 4 * (1 - (p * q).sqrt().sum()),
    "alpha_1": kl,
    "alpha_1.5": _alpha(1.5),
}
every = pytest.mark.parametrize("name", ALL)
numbers = st.floats(-12, 12)
pairs = st.integers(2, 8).flatmap(
    lambda size: st.tuples(*[st.lists(numbers, min_size=size, max_size=size)] * 2)
)


@every
def test_equals_its_formula_and_so_does_its_gradient(name: str) -> None:
    p, logits = draw(1, 5, 6).softmax(-1), draw(2, 5, 6).requires_grad_()
    found = ALL[name](p.log(), logits.log_softmax(-1))
    plain = torch.stack([PLAIN[name](*row) for row in zip(p, logits.softmax(-1), strict=True)])
    torch.testing.assert_close(found, plain, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(
        gradient(found.sum(), logits), gradient(plain.sum(), logits), atol=1e-9, rtol=1e-9
    )


@every
def test_is_zero_without_a_gradient_where_the_two_are_equal(name: str) -> None:
    logits = draw(3, 8, 7, scale=4.0).requires_grad_()
    found = ALL[name](logits.detach().log_softmax(-1), logits.log_softmax(-1))
    assert found.abs().max() < 1e-12
    assert gradient(found.sum(), logits).abs().max() < 1e-12


@every
@settings(max_examples=60, deadline=None)
@given(rows=pairs)
def test_is_never_negative(name: str, rows: tuple[list[float], list[float]]) -> None:
    p, q = (torch.tensor([row], dtype=torch.float64).log_softmax(-1) for row in rows)
    assert ALL[name](p, q).item() >= -1e-12


@every
def test_the_order_of_outcomes_does_not_matter(name: str) -> None:
    """All but the last, which is the tail."""
    p, q = logs(1, 5, 6), logs(2, 5, 6)
    order = [3, 0, 4, 1, 2, 5]
    torch.testing.assert_close(ALL[name](p[:, order], q[:, order]), ALL[name](p, q))


@every
def test_an_outcome_without_mass_changes_nothing(name: str) -> None:
    p, logits = logs(1, 3, 4), draw(2, 3, 4).requires_grad_()
    none = torch.full((3, 2), NOTHING, dtype=torch.float64)
    plain = ALL[name](p, logits.log_softmax(-1))
    wider = ALL[name](torch.cat([none, p], 1), torch.cat([none, logits.log_softmax(-1)], 1))
    torch.testing.assert_close(wider, plain)
    torch.testing.assert_close(gradient(wider.sum(), logits), gradient(plain.sum(), logits))


@every
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_is_finite_with_its_gradient_at_the_edge(name: str, dtype: torch.dtype) -> None:
    """The teacher is sure of one outcome and the student of another, by sixty nats."""
    p = torch.tensor([[60.0, 0.0, -20.0]], dtype=dtype).log_softmax(-1)
    logits = torch.tensor([[-20.0, 40.0, 0.0]], dtype=dtype).requires_grad_()
    found = ALL[name](p, logits.log_softmax(-1))
    assert found.isfinite().all()
    assert gradient(found.sum(), logits).isfinite().all()


@pytest.mark.parametrize(
    ("alpha", "limit"),
    [pytest.param(1.0, forward_kl, id="forward"), pytest.param(0.0, reverse_kl, id="reverse")],
)
@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, -1e-6])
def test_alpha_goes_over_into_the_two_kl(alpha: float, limit: Divergence, step: float) -> None:
    p, logits = logs(4, 6, 5), draw(5, 6, 5).requires_grad_()
    near = alpha_divergence(p, logits.log_softmax(-1), alpha + step)
    at = limit(p, logits.log_softmax(-1))
    torch.testing.assert_close(near, at, atol=50 * abs(step) + 1e-7, rtol=0)
    torch.testing.assert_close(
        gradient(near.sum(), logits), gradient(at.sum(), logits), atol=50 * abs(step) + 1e-6, rtol=0
    )


def test_alpha_has_no_jump_at_a_half() -> None:
    p, q = logs(4, 6, 5), logs(5, 6, 5)
    below, above = (alpha_divergence(p, q, 0.5 + step) for step in (-1e-9, 1e-9))
    torch.testing.assert_close(below, above, atol=1e-7, rtol=0)


def test_jensen_shannon_is_symmetric_and_below_a_bit() -> None:
    p, q = logs(1, 20, 4, scale=9.0), logs(2, 20, 4, scale=9.0)
    found = jensen_shannon(p, q, 0.5)
    torch.testing.assert_close(found, jensen_shannon(q, p, 0.5))
    assert (found <= math.log(2)).all()


def test_a_focal_row_that_is_learnt_counts_less_and_its_modulator_has_no_gradient() -> None:
    p, logits = draw(1, 4, 5).softmax(-1), draw(2, 4, 5).requires_grad_()
    logq = logits.log_softmax(-1)
    sure = logq.exp().gather(-1, p[:, :-1].argmax(-1, keepdim=True))[:, 0].detach()
    found = gradient(focal_kl(p.log(), logq, 2.0).sum(), logits)
    plain = gradient(forward_kl(p.log(), logq).sum(), logits)
    torch.testing.assert_close(found, (1 - sure[:, None]) ** 2 * plain)
