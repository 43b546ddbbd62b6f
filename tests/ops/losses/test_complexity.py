"""Which examples are hard before anything is trained."""

import math
from typing import Any

import pytest

from ops.losses.complexity import complexity
from ops.spans.contract import KINDS


def row(kinds: list[str], told: list[dict[int, float]], width: int = 2) -> dict[str, Any]:
    """A row of the shards whose last tokens have these distributions."""
    ids, logp = [], []
    for one in told:
        ids += ([*one] + [-1] * width)[:width]
        logp += ([math.log(p) for p in one.values()] + [-60.0] * width)[:width]
    return {
        "span_kind": [KINDS.index(kind) for kind in kinds],
        "teacher_at": list(range(len(kinds) - len(told), len(kinds))),
        "teacher_ids": ids,
        "teacher_logp": logp,
    }


def test_is_the_sum_of_lengths_and_entropy() -> None:
    kinds = ["prompt", "prompt", "reasoning", "tool_name", "json_arguments", "prose"]
    example = row(kinds, [{3: 0.5, 4: 0.25}, {9: 1.0}])
    entropy = 0.5 * math.log(2) + 2 * 0.25 * math.log(4)
    assert complexity(example, alpha=10, beta=3, gamma=2) == pytest.approx(10 + 6 + 2 * entropy)


def test_orders_easy_before_hard() -> None:
    easy = row(["prompt", "tool_name"], [{1: 1.0}])
    unsure = row(["prompt", "tool_name"], [{1: 0.5, 2: 0.5}])
    long = row(["prompt", "tool_name", "json_value", "json_value"], [])
    assert complexity(easy) < complexity(unsure) < complexity(long)


def test_context_and_prose_make_nothing_hard() -> None:
    assert complexity(row(["prompt", "observation", "prose"], [])) == 0
