"""Sums over sequences of a row: plain references, and whose tokens the gradient reaches."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ops.losses.config import DecisionWeights, MarginConfig, SupervisionConfig
from ops.losses.contrast import Contrast, Names, Pairs
from ops.losses.label import label_logp
from ops.losses.product import Head
from ops.losses.supervision import ProcessSupervision
from tests.ops.losses.naive import draw

ROWS, H, V = 12, 5, 17
# Two decisions of three and two names, then a right and two wrong answers.
SEQUENCES = [[(0, 3), (1, 4)], [(0, 5)], [(0, 3), (2, 6), (3, 1)], [(4, 8)], [(4, 2), (5, 7)],
             [(6, 1), (7, 1)], [(6, 9), (8, 3)], [(6, 9), (10, 4)]]  # fmt: skip
WEIGHTS_D, WEIGHTS_P, BETA = (1.0, 0.5), (1.0, 2.0), 0.7


def contrast() -> Contrast:
    tokens = [(row, token, q) for q, one in enumerate(SEQUENCES) for row, token in one]
    rows, ids, sequence = (torch.tensor(column) for column in zip(*tokens, strict=True))
    names = Names(
        torch.tensor([0, 0, 0, 1, 1]),
        torch.tensor([2, 3]),
        torch.tensor(WEIGHTS_D, dtype=torch.float64),
    )
    pairs = Pairs(
        torch.tensor([5, 5]),
        torch.tensor([6, 7]),
        torch.tensor(WEIGHTS_P, dtype=torch.float64),
        BETA,
    )
    return Contrast(rows, ids, sequence, len(SEQUENCES), names, pairs)


def world() -> tuple[Tensor, Tensor]:
    return draw(1, ROWS, H).requires_grad_(), draw(2, V, H).requires_grad_()


def references(hidden: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Walks over the sequences one by one."""
    logq = (hidden @ weight.T).log_softmax(-1)
    scores = [torch.stack([logq[row, token] for row, token in one]).sum() for one in SEQUENCES]
    first = -(scores[2].exp() / sum(score.exp() for score in scores[:3])).log()
    second = -(scores[3].exp() / (scores[3].exp() + scores[4].exp())).log()
    apart = [-torch.sigmoid(BETA * (scores[5] - scores[wrong])).log() for wrong in (6, 7)]
    return {
        "selection": WEIGHTS_D[0] * first + WEIGHTS_D[1] * second,
        "margin": WEIGHTS_P[0] * apart[0] + WEIGHTS_P[1] * apart[1],
    }


@pytest.mark.parametrize("name", ["selection", "margin"])
@pytest.mark.parametrize("chunk", [2, 64])
def test_value_and_gradient_are_those_of_the_plain_sum(name: str, chunk: int) -> None:
    factors, wanted = world(), contrast()
    found = wanted.sums(
        label_logp(factors[0][wanted.rows_S], Head(factors[1], None, chunk), wanted.ids_S)
    )[name]
    expected = references(*factors)[name]
    torch.testing.assert_close(found, expected)
    pairs = zip(
        torch.autograd.grad(found, factors), torch.autograd.grad(expected, factors), strict=True
    )
    for one, other in pairs:
        torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "rows"), [("selection", [0, 1, 2, 3, 4, 5]), ("margin", [6, 7, 8, 10])]
)
def test_the_gradient_reaches_the_tokens_of_its_sequences_alone(name: str, rows: list[int]) -> None:
    (hidden, weight), wanted = world(), contrast()
    sums = wanted.sums(label_logp(hidden[wanted.rows_S], Head(weight), wanted.ids_S))
    (slope,) = torch.autograd.grad(sums[name], hidden)
    assert slope.abs().sum(-1).nonzero().flatten().tolist() == rows


def test_what_divides_is_the_weight_of_decisions_and_pairs() -> None:
    wanted = contrast()
    assert wanted.counts() == {"selection": 1.5, "margin": 3.0}
    assert replace(wanted, names=None).counts() == {"margin": 3.0}
    assert replace(wanted, pairs=None).counts() == {"selection": 1.5}


def test_nothing_to_compare_is_zero_with_a_gradient_of_zero() -> None:
    hidden, weight = world()
    none, zero = torch.zeros(0, dtype=torch.long), torch.zeros(0, dtype=torch.float64)
    empty = Contrast(none, none, none, 0, Names(none, none, zero), Pairs(none, none, zero, BETA))
    sums = empty.sums(label_logp(hidden[none], Head(weight), none))
    assert {name: float(value.detach()) for name, value in sums.items()} == {
        "selection": 0.0, "margin": 0.0
    }  # fmt: skip
    slopes = torch.autograd.grad(sum(sums.values(), torch.zeros(())), [hidden, weight])
    assert all(float(slope.abs().sum()) == 0.0 for slope in slopes)


def test_their_shares_are_in_the_process_group_and_all_sum_to_one() -> None:
    config = SupervisionConfig(
        kd_weight=0.6,
        validity_weight=0.5,
        decisions=DecisionWeights(tool_name=0.1, json_arguments=0, integration=0, selection=0.3),
        margin=MarginConfig(weight=0.25),
    )
    names = ("cross_entropy", "json_validity", "tool_name", "selection", "margin")
    objective = ProcessSupervision(config)
    found = objective.weights(dict.fromkeys(names, True), 0.0)
    assert found == pytest.approx(
        {"cross_entropy": 0.6, "json_validity": 0.16, "tool_name": 0.04, "selection": 0.12,
         "margin": 0.08}
    )  # fmt: skip
    absent = objective.weights(dict.fromkeys(names, True) | {"margin": False}, 0.0)
    assert sum(absent.values()) == pytest.approx(1.0)
    assert absent["selection"] == pytest.approx(0.15)
    plain = ProcessSupervision(SupervisionConfig()).weights(dict.fromkeys(names, True), 0.0)
    assert plain["selection"] == plain["margin"] == 0.0
