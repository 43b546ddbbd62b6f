"""Numbers that are hardly there, or too large: nothing overflows, and nothing is subtracted."""

import pytest
import torch

from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.head import Aim, head_pass, outcomes
from ops.losses.product import Head
from tests.ops.losses.world import (
    F64,
    SCALES,
    Sum,
    V,
    World,
    made,
    masks,
    same,
)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_are_finite(dtype: torch.dtype, size: float) -> None:
    world, (allowed, _) = World(dtype=dtype, size=size), masks()
    names = ("ce", "forward_kl", "reverse_kl", "grammar")
    aim = Aim(Sum(*names), SCALES)
    found = head_pass(world.hidden, Head(world.weight, world.bias), made(), aim, allowed)
    assert all(value.isfinite() for value in (*found.sums.values(), *found.norms.values()))
    found.total.backward()
    for one in world.factors():
        assert one.grad is not None
        assert one.grad.isfinite().all()
    assert found.norms["ce"] > 0.1


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_a_tail_of_hardly_any_mass_is_exact(dtype: torch.dtype) -> None:
    """The listed hold all but 1e-30; one minus their sum would be nothing."""
    logits = torch.full((1, V), -69.0775527898 - torch.tensor(V - 2.0).log().item())
    logits[0, :2] = -torch.log(torch.tensor(2.0))
    targets = made(k=2, rows=1)
    targets.ids_NK[0] = torch.tensor([0, 1])
    hidden = torch.ones(1, 1, dtype=dtype).requires_grad_()
    weight = logits.T.to(dtype).contiguous().requires_grad_()

    class Tail(Sum):
        def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
            return {"tail": -seen.tail_C.sum()}

    assert outcomes(hidden, Head(weight), targets).tail_C.item() == pytest.approx(
        -69.0775, abs=1e-3
    )
    found = head_pass(hidden, Head(weight), targets, Aim(Tail(), {"tail": 1.0}))
    found.total.backward()
    assert weight.grad is not None
    expected = torch.full((V,), -1 / (V - 2), dtype=dtype)
    expected[:2] = 0.5
    same(weight.grad[:, 0], expected, atol=1e-6)


def test_a_vocabulary_that_is_all_listed_has_a_constant_tail() -> None:
    world, targets = World(), made(k=V, missing=False)
    found = head_pass(
        world.hidden, Head(world.weight), targets, Aim(Sum("forward_kl"), {"forward_kl": 1.0})
    )
    logp = targets.teacher_logp_NK
    logq = (world.hidden @ world.weight.T).log_softmax(1).gather(1, targets.ids_NK)
    expected = (logp.exp() * (logp - logq)).sum()
    for one, reference in zip(
        torch.autograd.grad(found.total, [world.hidden, world.weight]),
        torch.autograd.grad(expected, [world.hidden, world.weight]),
        strict=True,
    ):
        same(one, reference)
