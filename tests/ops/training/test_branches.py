"""A branch is what its example would be with it in its stead: scores and gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor

from ops.losses.label import label_logp
from ops.losses.product import Head
from ops.student.attention import attend_by_example
from ops.training.batch import Batch, collate
from ops.training.branches import Branches
from ops.training.hidden import hidden, last_states
from tests.ops.student.test_attention import MADE, SHAPE

LENGTHS = (9, 5, 14)
# example, cut, tokens: two of one place, one of one token, one from a first token.
WANTED = [
    (0, 4, [3, 1, 4, 1]),
    (2, 9, [5, 9, 2, 6, 5, 3, 5]),
    (0, 4, [8, 9]),
    (1, 5, [7]),
    (2, 1, [9, 3]),
]


@pytest.fixture(params=MADE)
def model(request: pytest.FixtureRequest) -> Any:
    """Random weights of one family; two of them have a sliding window of 5 and 6 tokens."""
    torch.manual_seed(0)
    return MADE[request.param]().eval()


def examples() -> list[dict[str, Any]]:
    made = torch.Generator().manual_seed(1)
    return [
        {
            "input_ids": torch.randint(0, SHAPE["vocab_size"], (length,), generator=made).tolist(),
            "span_kind": [0] + [2] * (length - 1),
            "teacher_at": [],
            "teacher_ids": [],
            "teacher_logp": [],
        }
        for length in LENGTHS
    ]


def laid() -> Batch:
    branches = Branches(collate(examples()))
    for example, cut, ids in WANTED:
        branches.branch(example, cut, ids)
    branches.written(2, 3, 6)
    return branches.laid(None, None)


def scored(model: Any, batch: Batch) -> Tensor:
    """[S] log-probability of each token of the sequences, in one row."""
    attend_by_example(model)
    assert batch.contrast is not None
    states_SH = last_states(model, batch)[0, batch.contrast.rows_S]
    return label_logp(states_SH, Head(model.lm_head.weight), batch.contrast.ids_S)


def alone(model: Any, example: int, cut: int, ids: list[int]) -> Tensor:
    """[tokens] the same of prefix and branch as one text, by the library's own attention."""
    whole = torch.tensor([examples()[example]["input_ids"][:cut] + ids])
    logq = model(input_ids=whole).logits[0].log_softmax(-1)
    return logq[cut - 1 : -1].gather(1, torch.tensor(ids)[:, None])[:, 0]


def each_alone(model: Any) -> Tensor:
    model.set_attn_implementation("eager")
    own = (2, 3, examples()[2]["input_ids"][3:6])
    return torch.cat([alone(model, *one) for one in [*WANTED, own]])


def test_a_branch_is_what_it_is_alone(model: Any) -> None:
    expected = each_alone(model)
    torch.testing.assert_close(scored(model, laid()), expected, atol=1e-5, rtol=0)


def test_its_gradients_are_those_of_it_alone(model: Any) -> None:
    """Of a sum that weighs every token differently, by all weights."""
    weights = torch.linspace(-1, 2, sum(len(ids) for _, _, ids in WANTED) + 3)
    factors = list(model.parameters())
    expected = torch.autograd.grad((each_alone(model) * weights).sum(), factors)
    found = torch.autograd.grad((scored(model, laid()) * weights).sum(), factors)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_examples_do_not_feel_their_branches(model: Any) -> None:
    torch.testing.assert_close(
        hidden(model, laid()), hidden(model, collate(examples())), atol=1e-6, rtol=0
    )


def test_a_branch_costs_its_tokens_but_the_last() -> None:
    batch = laid()
    assert len(batch.ids_T) == sum(LENGTHS) + sum(len(ids) - 1 for _, _, ids in WANTED)
    assert batch.ids_T[sum(LENGTHS) :].tolist() == [3, 1, 4, 8, 5, 9, 2, 6, 5, 3, 9]
    assert batch.positions_T[sum(LENGTHS) :].tolist() == [4, 5, 6, 4, 9, 10, 11, 12, 13, 14, 1]
    assert [tuple(fork) for fork in batch.forks] == [(0, 4, (3, 1)), (14, 9, (6,)), (14, 1, (1,))]
