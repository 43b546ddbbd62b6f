"""How many products are made and of what, and a gradient that is made before it is asked for."""

import pytest
import torch
from torch import Tensor

from ops.losses.head import Aim, Pass, head_pass
from ops.losses.product import Head
from tests.ops.losses.world import (
    Sum,
    World,
    made,
    products,
    same,
)


def test_what_multiplies_the_total_multiplies_the_gradient() -> None:
    def gradient(factor: float) -> Tensor:
        world = World()
        head = Head(world.weight, world.bias)
        found = head_pass(world.hidden, head, made(), Aim(Sum("ce"), {"ce": 1.0}))
        (factor * found.total).backward()
        assert world.weight.grad is not None
        return world.weight.grad

    same(gradient(-3.0), -3.0 * gradient(1.0))


def test_a_gradient_is_taken_once() -> None:
    world = World()
    found = head_pass(world.hidden, Head(world.weight), made(), Aim(Sum("ce"), {"ce": 1.0}))
    found.total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="taken twice"):
        found.total.backward()


@pytest.mark.parametrize(
    "trained, expected", [pytest.param(True, 3, id="trained"), pytest.param(False, 2, id="frozen")]
)
def test_three_products_with_a_head_that_is_trained_and_two_with_one_that_is_frozen(
    trained: bool, expected: int
) -> None:
    world = World(bias=False)
    world.weight.requires_grad_(trained)
    with products() as counted:
        aim = Aim(Sum("ce", "forward_kl"), {"ce": 0.5, "forward_kl": 0.5})
        head_pass(world.hidden, Head(world.weight), made(), aim).total.backward()
    assert counted.count == expected
    assert (world.weight.grad is not None) == trained
    assert world.hidden.grad is not None


@pytest.mark.parametrize("trained", [True, False], ids=["trained", "frozen"])
def test_products_of_16_bits_are_near(trained: bool) -> None:
    world, targets = World(dtype=torch.float32), made(dtype=torch.float32)
    world.weight.requires_grad_(trained)
    factors = [one for one in world.factors() if one.requires_grad]
    aim = Aim(Sum("ce", "forward_kl"), {"ce": 0.5, "forward_kl": 0.5})

    def gradients(product: torch.dtype | None) -> tuple[Pass, tuple[Tensor, ...]]:
        found = head_pass(world.hidden, Head(world.weight, world.bias, 7, product), targets, aim)
        return found, torch.autograd.grad(found.total, factors)

    (found, near), (reference, exact) = gradients(torch.bfloat16), gradients(None)
    assert found.total.dtype == torch.float32
    assert found.total.item() == pytest.approx(reference.total.item(), rel=0.01)
    for one, other in zip(near, exact, strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() < 0.02 * other.norm()


def test_a_student_of_16_bits_gets_gradients_of_16_bits() -> None:
    world, targets = World(dtype=torch.bfloat16), made(dtype=torch.float32)
    found = head_pass(world.hidden, Head(world.weight), targets, Aim(Sum("ce"), {"ce": 1.0}))
    assert found.total.dtype == torch.float32
    found.total.backward()
    assert world.weight.grad is not None
    assert world.weight.grad.dtype == torch.bfloat16


def test_autocast_does_not_reach_inside() -> None:
    world, aim = World(dtype=torch.float32), Aim(Sum("ce"), {"ce": 1.0})
    plain = head_pass(world.hidden, Head(world.weight), made(), aim).total
    with torch.autocast("cpu", torch.bfloat16):
        assert head_pass(world.hidden, Head(world.weight), made(), aim).total == plain
