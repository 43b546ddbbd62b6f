"""The head pass against full logits and autograd, in 64 bits, with objectives of its own."""

import pytest
import torch
from torch import nn

from ops.losses.allowed import Allowed
from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.head import Aim, head_pass, outcomes
from ops.losses.product import Head
from tests.ops.losses.world import (
    F64,
    SCALES,
    H,
    K,
    N,
    Sum,
    V,
    World,
    draw,
    forward_kl,
    made,
    masks,
    naive,
    products,
    same,
)

CASES = [("ce",), ("forward_kl",), ("reverse_kl",), ("grammar",), ("ce", "reverse_kl", "grammar")]


@pytest.mark.parametrize("names", CASES, ids="+".join)
@pytest.mark.parametrize("chunk", [1, 7, N])
@pytest.mark.parametrize("told", [True, False], ids=["norms", "no_norms"])
def test_total_and_gradients_equal_those_of_full_logits(
    names: tuple[str, ...], chunk: int, told: bool
) -> None:
    world, targets, (allowed, legal) = World(), made(), masks()
    objective = Sum(*names)
    head = Head(world.weight, world.bias, chunk)
    scale = {name: SCALES[name] for name in names}
    found = head_pass(world.hidden, head, targets, Aim(objective, scale, 0.0, told), allowed)

    logits = world.logits()
    logits.retain_grad()
    sums = objective.sums(naive(logits, targets, legal), targets, 0.0)
    expected = sum((SCALES[name] * value for name, value in sums.items()), logits.sum() * 0)
    same(found.total, expected)
    for name in names:
        same(found.sums[name], sums[name].detach())
        (slope,) = torch.autograd.grad(SCALES[name] * sums[name], logits, retain_graph=True)
        if told:
            same(found.norms[name], slope.norm())
    assert found.norms.keys() == (set(names) if told else set())
    wanted = torch.autograd.grad(expected, world.factors())
    for one, reference in zip(
        torch.autograd.grad(found.total, world.factors()), wanted, strict=True
    ):
        same(one, reference)


def test_the_plain_cross_entropy_of_one_outcome_is_that_of_torch() -> None:
    world, targets = World(bias=False), made(k=1)
    found = head_pass(world.hidden, Head(world.weight), targets, Aim(Sum("ce"), {"ce": 1.0}))
    each = nn.functional.cross_entropy(world.logits(), targets.ids_NK[:, 0], reduction="none")
    expected = (targets.weights_N * each).sum()
    same(found.total, expected)
    pairs = zip(
        torch.autograd.grad(found.total, world.factors()),
        torch.autograd.grad(expected, world.factors()),
        strict=True,
    )
    for one, reference in pairs:
        same(one, reference)


def test_a_component_without_a_scale_is_told_and_not_descended() -> None:
    world = World()
    both, alone = (
        head_pass(world.hidden, Head(world.weight), made(), Aim(Sum(*names), {"ce": 0.5}))
        for names in (("ce", "forward_kl"), ("ce",))
    )
    same(both.total, alone.total)
    assert both.sums["forward_kl"] > 0
    assert both.norms.keys() == {"ce"}
    (one,), (other,) = (torch.autograd.grad(found.total, world.hidden) for found in (both, alone))
    same(one, other)


def test_a_loss_without_a_gradient_is_told_by_its_norm() -> None:
    """What the predecessor of the grammar's mass did: it judged the text and not the student."""

    class Judged(Sum):
        def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
            return super().sums(seen, targets, progress) | {"judged": seen.tail_C.new_tensor(0.5)}

    world, aim = World(), Aim(Judged("ce"), {"ce": 0.1, "judged": 0.9})
    found = head_pass(world.hidden, Head(world.weight, chunk=5), made(), aim)
    assert found.norms["judged"] == 0
    assert found.norms["ce"] > 0.1
    assert found.sums["judged"] == 1.5


def test_one_product_without_gradient_and_the_same_sums() -> None:
    world, aim = World(), Aim(Sum("ce", "forward_kl"), {"ce": 0.5, "forward_kl": 0.5})
    head = Head(world.weight, world.bias, 7)
    with products() as counted, torch.no_grad():
        found = head_pass(world.hidden, head, made(), aim)
    assert counted.count == 2  # one in each of two chunks
    reference = head_pass(world.hidden, head, made(), aim)
    same(found.total, reference.total.detach())
    assert not found.total.requires_grad
    assert found.sums == reference.sums
    assert found.norms == {}


def test_a_tied_embedding_gets_both_gradients() -> None:
    weight, tokens, targets = draw(1, V, H).requires_grad_(), torch.arange(N), made()
    found = head_pass(
        nn.functional.embedding(tokens, weight).tanh(), Head(weight), targets,
        Aim(Sum("forward_kl"), {"forward_kl": 1.0}),
    )  # fmt: skip
    logits = nn.functional.embedding(tokens, weight).tanh() @ weight.T
    expected = forward_kl(naive(logits, targets), targets)
    (one,), (reference,) = (torch.autograd.grad(total, weight) for total in (found.total, expected))
    same(one, reference)


def test_no_rows_are_a_total_of_zero_with_a_gradient_of_zero() -> None:
    weight, hidden = draw(1, V, H).requires_grad_(), torch.zeros(0, H, dtype=F64).requires_grad_()
    nothing = Allowed(torch.zeros(0, dtype=torch.long), torch.zeros(0, 2, dtype=torch.int32))
    found = head_pass(hidden, Head(weight), made(rows=0), Aim(Sum("ce"), {"ce": 1.0}), nothing)
    assert found.total.item() == 0
    found.total.backward()
    assert weight.grad is not None
    assert weight.grad.abs().sum() == 0
    seen = outcomes(hidden, Head(weight), made(rows=0), nothing)
    assert [seen.logq_CK.shape, seen.tail_C.shape] == [(0, K), (0,)]
    assert seen.allowed_C is not None


def test_rows_do_not_touch_one_another() -> None:
    world, targets = World(), made()
    alone = Targets(*(getattr(targets, name) for name in targets.__dataclass_fields__))
    alone.weights_N[:] = 0
    alone.weights_N[4] = 1.0
    head_pass(world.hidden, Head(world.weight), alone, Aim(Sum("ce"), {"ce": 1.0})).total.backward()
    assert world.hidden.grad is not None
    assert world.hidden.grad.abs().sum(1).nonzero()[:, 0].tolist() == [4]


@pytest.mark.parametrize("chunk", [1, 7, N])
def test_outcomes_are_those_of_full_logits(chunk: int) -> None:
    world, targets, (allowed, legal) = World(), made(), masks()
    found = outcomes(world.hidden, Head(world.weight, world.bias, chunk), targets, allowed)
    expected = naive(world.logits().detach(), targets, legal)
    same(found.logq_CK, expected.logq_CK)
    same(found.tail_C, expected.tail_C)
    same(found.allowed_C, expected.allowed_C)
    assert not found.logq_CK.requires_grad
