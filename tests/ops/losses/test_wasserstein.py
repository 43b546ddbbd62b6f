"""Transport against a linear program, its laws, and what its costs say."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from torch import Tensor

from ops.losses.outcomes import NOTHING
from ops.losses.wasserstein import embedding_cost, ranked_w1, sinkhorn_divergence, unequal_cost
from tests.ops.losses.naive import draw, gradient, logs


def transport(p: Tensor, q: Tensor, cost: Tensor) -> float:
    """The least cost of turning p into q: a linear program over couplings."""
    n = len(p)
    rows = np.kron(np.eye(n), np.ones(n))
    columns = np.kron(np.ones(n), np.eye(n))
    solved = linprog(
        cost.numpy().ravel(),
        A_eq=np.vstack([rows, columns]),
        b_eq=np.concatenate([p.numpy(), q.numpy()]),
    )
    assert solved.success
    return float(solved.fun)


def sinkhorn(p: Tensor, q: Tensor, cost: Tensor) -> Tensor:
    return sinkhorn_divergence(p, q, cost, epsilon=0.1, iterations=50)


def places(seed: int, rows: int, outcomes: int) -> Tensor:
    """Costs between random places."""
    ids = torch.arange(outcomes - 1).expand(rows, -1)
    return embedding_cost(draw(seed, outcomes + 3, 4), ids)


@pytest.mark.parametrize("outcomes", [2, 4, 6])
def test_ranked_w1_is_the_linear_program_on_a_line(outcomes: int) -> None:
    p, q = logs(1, 6, outcomes), logs(2, 6, outcomes)
    found = ranked_w1(p, q)
    for row in range(6):
        order = p[row].argsort(descending=True)
        at = torch.arange(outcomes, dtype=torch.float64)
        cost = (at[:, None] - at).abs()
        expected = transport(p[row][order].exp(), q[row][order].exp(), cost)
        assert found[row].item() == pytest.approx(expected, abs=1e-9)


def test_ranked_w1_worked_example() -> None:
    """Half of the mass goes one rank down, a tenth two."""
    p, q = torch.tensor([[0.8, 0.2, 1e-30]]).log(), torch.tensor([[0.2, 0.7, 0.1]]).log()
    assert ranked_w1(p, q).item() == pytest.approx(0.5 + 2 * 0.1)


def test_sinkhorn_with_little_smoothing_is_the_linear_program() -> None:
    p, q, cost = logs(0, 12, 5), logs(50, 12, 5), places(90, 12, 5)
    found = sinkhorn_divergence(p, q, cost, epsilon=0.005, iterations=1000)
    for row in range(12):
        expected = transport(p[row].exp(), q[row].exp(), cost[row])
        assert found[row].item() == pytest.approx(expected, abs=1e-2)


def test_with_equal_costs_it_is_the_total_variation() -> None:
    p, q = logs(1, 4, 5), logs(2, 4, 5)
    found = sinkhorn_divergence(p, q, unequal_cost(p), epsilon=0.005, iterations=1000)
    torch.testing.assert_close(found, (p.exp() - q.exp()).abs().sum(-1) / 2, atol=5e-3, rtol=0)


@pytest.mark.parametrize("name", ["ranked", "sinkhorn"])
def test_is_exactly_zero_without_a_gradient_at_the_teacher(name: str) -> None:
    logits = draw(3, 6, 5).requires_grad_()
    p, q = logits.detach().log_softmax(-1), logits.log_softmax(-1)
    found = ranked_w1(p, q) if name == "ranked" else sinkhorn(p, q, places(1, 6, 5))
    assert found.tolist() == [0.0] * 6
    assert gradient(found.sum(), logits).abs().max() == 0


def test_sinkhorn_is_symmetric_and_never_negative() -> None:
    p, q, cost = logs(1, 40, 6, scale=4.0), logs(2, 40, 6, scale=4.0), places(3, 40, 6)
    found = sinkhorn(p, q, cost)
    assert (found >= -1e-6).all()
    torch.testing.assert_close(found, sinkhorn(q, p, cost), atol=1e-9, rtol=1e-9)


def test_the_gradient_is_that_of_differences() -> None:
    """Of one row, all differences at once, with smoothing enough to have converged."""
    logits = draw(2, 1, 4).requires_grad_()

    def value(at: Tensor) -> Tensor:
        p, cost = logs(1, 1, 4).expand(len(at), -1), places(3, 1, 4).expand(len(at), -1, -1)
        return sinkhorn_divergence(p, at.log_softmax(-1), cost, 0.5, 800)

    steps = 1e-5 * torch.eye(4, dtype=torch.float64)
    near = (value(logits.detach() + steps) - value(logits.detach() - steps)) / 2e-5
    torch.testing.assert_close(gradient(value(logits).sum(), logits)[0], near, atol=1e-6, rtol=0)


def test_an_outcome_without_mass_changes_nothing() -> None:
    p, q = logs(1, 3, 4), logs(2, 3, 4)
    none = torch.full((3, 1), NOTHING, dtype=torch.float64)
    wide_p, wide_q = torch.cat([none, p], 1), torch.cat([none, q], 1)
    plain = sinkhorn(p, q, unequal_cost(p))
    torch.testing.assert_close(sinkhorn(wide_p, wide_q, unequal_cost(wide_p)), plain)
    torch.testing.assert_close(ranked_w1(wide_p, wide_q), ranked_w1(p, q))


def test_a_mistake_costs_more_the_further_it_is_from_the_right_token() -> None:
    """Token 1 is nearly token 0; token 2 is its opposite."""
    table = torch.tensor([[1.0, 0.0], [0.99, 0.1], [-1.0, 0.0], [0.0, 1.0]]).double()
    cost = embedding_cost(table, torch.tensor([[0, 1, 2]]))
    right, near, far = (
        torch.full((1, 4), 0.01).double().index_fill(1, torch.tensor([at]), 0.97).log()
        for at in range(3)
    )
    assert sinkhorn(right, near, cost) < 0.1 * sinkhorn(right, far, cost)


def test_costs_are_symmetric_zero_to_oneself_and_have_no_gradient() -> None:
    table = draw(1, 7, 3).requires_grad_()
    cost = embedding_cost(table, torch.tensor([[0, 4, -1], [6, -1, -1]]))
    assert cost.shape == (2, 4, 4)
    assert not cost.requires_grad
    assert cost.diagonal(dim1=1, dim2=2).abs().max() == 0
    torch.testing.assert_close(cost, cost.mT)
    assert (cost >= 0).all()
