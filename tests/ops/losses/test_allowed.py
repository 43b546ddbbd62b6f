"""Masks at their edges; in the pass they are compared in test_head.py."""

import torch

from ops.losses.allowed import Allowed
from ops.losses.head import Aim, head_pass, outcomes
from ops.losses.product import Head
from tests.ops.losses.world import (
    N,
    Sum,
    V,
    World,
    made,
    masks,
    naive,
    same,
)


def test_tokens_beyond_the_masks_are_not_allowed() -> None:
    """A head is often padded to more tokens than the tokenizer has."""
    world, (allowed, legal) = World(), masks()
    narrow = Allowed(allowed.at_N, allowed.table_MW[:, :1])
    legal = legal & (torch.arange(V) < 32) | (allowed.at_N < 0)[:, None]
    found = outcomes(world.hidden, Head(world.weight, world.bias), made(), narrow)
    expected = naive(world.logits().detach(), made(), legal)
    assert found.allowed_C is not None
    assert expected.allowed_C is not None
    some = legal.any(1)
    same(found.allowed_C[some], expected.allowed_C[some])


def test_a_grammar_that_allows_nothing_that_has_mass_is_finite() -> None:
    world = World()
    never = Allowed(torch.zeros(N, dtype=torch.long), torch.zeros(1, 2, dtype=torch.int32))
    aim = Aim(Sum("grammar"), {"grammar": 1.0})
    found = head_pass(world.hidden, Head(world.weight), made(), aim, never)
    assert found.total.isfinite()
    assert found.norms["grammar"] == 0
