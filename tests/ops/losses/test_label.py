"""Log-probabilities of labels whose gradient is known only when all rows are."""

import pytest
import torch
from torch import Tensor, nn

from ops.losses.label import label_logp, label_norm
from ops.losses.product import Head
from tests.ops.losses.world import (
    N,
    World,
    made,
    same,
)


@pytest.mark.parametrize("chunk", [1, 7, N])
@pytest.mark.parametrize("trained", [True, False], ids=["trained", "frozen"])
def test_the_log_probability_of_a_label_couples_rows(chunk: int, trained: bool) -> None:
    """A margin between the sums of two groups of rows, as in the selection of a tool."""
    world, ids = World(), made().ids_NK[:, 0]
    world.weight.requires_grad_(trained)
    factors = [one for one in world.factors() if one.requires_grad]

    def margin(logp_S: Tensor) -> Tensor:
        return nn.functional.softplus(logp_S[:5].sum() - logp_S[5:].mean()) + logp_S.square().sum()

    found = label_logp(world.hidden, Head(world.weight, world.bias, chunk), ids)
    expected = world.logits().log_softmax(1).gather(1, ids[:, None])[:, 0]
    same(found, expected)
    pairs = zip(
        torch.autograd.grad(margin(found), factors),
        torch.autograd.grad(margin(expected), factors),
        strict=True,
    )
    for one, reference in pairs:
        same(one, reference)


def test_a_label_of_no_row_has_a_gradient_of_zero() -> None:
    world = World()
    none = torch.zeros(0, dtype=torch.long)
    label_logp(world.hidden[:0], Head(world.weight), none).sum().backward()
    assert world.weight.grad is not None
    assert world.weight.grad.abs().sum() == 0


@pytest.mark.parametrize("chunk", [1, 2, N])
def test_the_norm_is_that_of_the_logits_gradient_where_labels_share_a_state(chunk: int) -> None:
    """Two names that go on from one place: the same logits predict the first token of each."""
    world = World()
    rows, ids = torch.tensor([3, 0, 3, 2, 3]), torch.tensor([1, 4, 2, 0, 1])

    def loss(logp_S: Tensor) -> Tensor:
        return nn.functional.softplus(logp_S[:2].sum() - logp_S[2:].sum()) + logp_S[1].square()

    logits = world.logits().detach().requires_grad_()
    logp_S = logits.log_softmax(1)[rows, ids]
    (slope_S,) = torch.autograd.grad(loss(logp_S), logp_S, retain_graph=True)
    (expected,) = torch.autograd.grad(loss(logp_S), logits)
    found = label_norm(slope_S, ids, rows, world.hidden, Head(world.weight, world.bias, chunk))
    same(found, expected.norm())
