"""A choice among whole names, and a right output against a wrong one."""

import math

import pytest
import torch

from ops.losses.margin import margin
from ops.losses.segments import segment_logsumexp, segment_sum
from ops.losses.selection import selection, sequence_scores
from tests.ops.losses.naive import draw, gradient

SEQUENCE = torch.tensor([0, 0, 1, 2, 2, 2, 3, 4])
DECISION = torch.tensor([0, 0, 0, 1, 1])
GOLD = torch.tensor([2, 3])


def test_is_a_softmax_over_the_names_of_each_decision() -> None:
    logp = (-draw(1, 8).abs()).requires_grad_()
    scores = [logp[name == SEQUENCE].sum() for name in range(5)]
    first = torch.stack(scores[:3]).log_softmax(0)[2]
    second = torch.stack(scores[3:]).log_softmax(0)[0]
    found = selection(sequence_scores(logp, SEQUENCE, 5), DECISION, GOLD)
    torch.testing.assert_close(found, -torch.stack([first, second]))
    torch.testing.assert_close(gradient(found.sum(), logp), gradient(-first - second, logp))


def test_per_token_scores_do_not_prefer_short_names() -> None:
    scores = sequence_scores(torch.full((8,), -1.0), SEQUENCE, 5, normalise=True)
    assert scores.tolist() == [-1.0] * 5
    assert selection(scores, DECISION, GOLD).tolist() == pytest.approx([math.log(3), math.log(2)])


def test_a_common_beginning_makes_no_difference() -> None:
    """get_weather and get_time: how likely `get_` is does not matter."""
    losses = [
        selection(
            sequence_scores(
                torch.tensor([start, -0.5, start, -2.0]), torch.tensor([0, 0, 1, 1]), 2
            ),
            torch.tensor([0, 0]),
            torch.tensor([0]),
        ).item()
        for start in (-0.1, -9.0)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_scores_of_any_size_are_no_overflow() -> None:
    scores = torch.tensor([-1e4, -2e4, 500.0, 499.0, -3e4])
    assert selection(scores, DECISION, GOLD).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert segment_logsumexp(scores, DECISION, 2).tolist() == pytest.approx(
        [500.0, 499.0], abs=1e-6
    )


def test_a_segment_without_values_sums_to_nothing() -> None:
    assert segment_sum(torch.tensor([1.0, 2.0]), torch.tensor([2, 2]), 4).tolist() == [0, 0, 3, 0]


def test_the_margin_is_a_logistic_of_the_difference() -> None:
    scores = torch.tensor([-1.0, -4.0, -2.0]).double().requires_grad_()
    found = margin(scores, torch.tensor([0, 2]), torch.tensor([1, 0]), beta=0.5)
    expected = [-math.log(1 / (1 + math.exp(-0.5 * gap))) for gap in (3.0, -1.0)]
    assert found.tolist() == pytest.approx(expected)
    slope = gradient(found.sum(), scores)
    assert slope[2] < 0 < slope[1]


def test_outputs_that_differ_nowhere_have_no_pull() -> None:
    scores = torch.tensor([-3.0, -3.0]).double().requires_grad_()
    found = margin(scores, torch.tensor([0]), torch.tensor([1]), beta=2.0)
    assert found.item() == pytest.approx(math.log(2))
    assert gradient(found.sum(), scores).sum().item() == pytest.approx(0.0)
