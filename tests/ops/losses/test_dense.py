"""The divergence over the whole vocabulary against torch.distributions and autograd, in 64 bits."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, kl_divergence

from ops.errors import ContractError
from ops.losses.dense import Dense, dense_pass
from ops.losses.product import Head

N, V, H, G = 11, 23, 5, 3


def draw(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


class World:
    """A student that can be differentiated by, and a teacher of another width."""

    def __init__(self, temperature: float = 1.0) -> None:
        self.hidden, self.weight = draw(0, N, H).requires_grad_(), draw(1, V, H).requires_grad_()
        self.bias = draw(2, V).requires_grad_()
        self.factors = [self.hidden, self.weight, self.bias]
        weights = draw(5, N).abs()
        weights[2] = 0.0
        self.teacher = Dense(draw(3, N, G), Head(draw(4, V, G)), weights, temperature)

    def expected(self) -> tuple[Tensor, Tensor]:
        """The sum by full logits, and the student's logits."""
        logits = self.hidden @ self.weight.T + self.bias
        theirs = self.teacher.hidden_NG @ self.teacher.head.weight_VH.T
        tau = self.teacher.temperature
        each = kl_divergence(Categorical(logits=theirs / tau), Categorical(logits=logits / tau))
        return (self.teacher.weights_N * tau**2 * each).sum(), logits


@pytest.mark.parametrize("chunk", [1, 4, N])
@pytest.mark.parametrize("temperature", [1.0, 2.0, 0.5])
def test_sum_and_gradients_equal_those_of_full_logits(chunk: int, temperature: float) -> None:
    world = World(temperature)
    head = Head(world.weight, world.bias, chunk)
    found = dense_pass(world.hidden, head, world.teacher, 0.25)
    expected, logits = world.expected()
    torch.testing.assert_close(found.sums["dense_kl"], expected.detach(), atol=1e-9, rtol=0)
    torch.testing.assert_close(found.total, 0.25 * expected, atol=1e-9, rtol=0)
    (slope,) = torch.autograd.grad(0.25 * expected, logits, retain_graph=True)
    torch.testing.assert_close(found.norms["dense_kl"], slope.norm(), atol=1e-9, rtol=0)
    pairs = zip(
        torch.autograd.grad(found.total, world.factors),
        torch.autograd.grad(0.25 * expected, world.factors),
        strict=True,
    )
    for one, reference in pairs:
        torch.testing.assert_close(one, reference, atol=1e-9, rtol=0)


def test_is_zero_without_a_gradient_where_the_student_is_the_teacher() -> None:
    world = World(3.0)
    same = Dense(world.hidden.detach(), Head(world.weight.detach()), torch.ones(N), 3.0)
    found = dense_pass(world.hidden, Head(world.weight), same, 1.0)
    assert found.total.item() == pytest.approx(0, abs=1e-12)
    assert found.norms["dense_kl"] < 1e-12


def test_the_size_of_the_gradient_hardly_depends_on_the_temperature() -> None:
    """For two distributions that are both flat it is the same in the limit."""
    norms = []
    for temperature in (1.0, 2.0, 4.0, 8.0):
        world = World(temperature)
        with torch.no_grad():
            world.hidden.mul_(0.1)
            world.teacher.hidden_NG.mul_(0.1)
            world.bias.zero_()
        head = Head(world.weight, world.bias)
        norms.append(dense_pass(world.hidden, head, world.teacher, 1.0).norms["dense_kl"].item())
    assert max(norms) < 1.4 * min(norms)


def test_a_frozen_head_gets_no_gradient_and_validation_none_at_all() -> None:
    world = World()
    dense_pass(world.hidden, Head(world.weight.detach()), world.teacher, 1.0).total.backward()
    assert world.weight.grad is None
    assert world.hidden.grad is not None
    with torch.no_grad():
        found = dense_pass(world.hidden, Head(world.weight, world.bias), world.teacher, 1.0)
    assert not found.total.requires_grad
    torch.testing.assert_close(found.total, world.expected()[0].detach(), atol=1e-9, rtol=0)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_are_finite(size: float) -> None:
    world = World()
    with torch.no_grad():
        world.hidden.mul_(size)
        world.teacher.hidden_NG.mul_(-size)
    found = dense_pass(world.hidden, Head(world.weight), world.teacher, 1.0)
    found.total.backward()
    assert found.total.isfinite()
    assert world.hidden.grad is not None
    assert world.hidden.grad.isfinite().all()


def test_no_rows_are_a_total_of_zero_with_a_gradient_of_zero() -> None:
    world = World()
    none = Dense(draw(3, 0, G), world.teacher.head, draw(5, 0))
    dense_pass(world.hidden[:0], Head(world.weight), none, 1.0).total.backward()
    assert world.weight.grad is not None
    assert world.weight.grad.abs().sum() == 0


def test_vocabularies_that_differ_are_refused_with_both_sizes() -> None:
    world = World()
    other = Dense(draw(3, N, G), Head(draw(4, V + 1, G)), torch.ones(N))
    with pytest.raises(ContractError, match="has 24 tokens and the student's 23"):
        dense_pass(world.hidden, Head(world.weight), other, 1.0)


def test_rows_that_do_not_match_are_refused() -> None:
    world = World()
    other = Dense(draw(3, N - 1, G), world.teacher.head, torch.ones(N))
    with pytest.raises(ContractError, match="align them"):
        dense_pass(world.hidden, Head(world.weight), other, 1.0)
