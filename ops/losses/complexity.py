"""How hard an example is before anything is trained: for an order of batches from easy to hard.

Source: Liu et al., arXiv:2505.13820, trajectory complexity of the curriculum. Not here: the order
itself (ops/training).
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ops.losses.weighting import group_of
from ops.spans.contract import KINDS


def complexity(
    example: Mapping[str, Any], alpha: float = 1.0, beta: float = 1.0, gamma: float = 1.0
) -> float:
    """alpha · reasoning tokens + beta · action tokens + gamma · the teacher's entropy, in nats.

    `example` is a row of ops.shards.contract.SHARD. The entropy is summed over the tokens that have
    a distribution, so that all three terms grow with the length.

    >>> kinds = [KINDS.index(kind) for kind in ("prompt", "reasoning", "tool_name", "json_value")]
    >>> row = {"span_kind": kinds, "teacher_at": [], "teacher_ids": [], "teacher_logp": []}
    >>> complexity(row, alpha=2.0)
    4.0
    """
    tokens = Counter(group_of(KINDS[kind]) for kind in example["span_kind"])
    lengths = alpha * tokens["reasoning"] + beta * tokens["action"]
    return lengths + gamma * _entropy(example)


def _entropy(example: Mapping[str, Any]) -> float:
    """Σ over the taught tokens of the entropy of their outcomes and one tail, nats."""
    told = list(zip(example["teacher_ids"], example["teacher_logp"], strict=True))
    taught = len(example["teacher_at"])
    width = len(told) // taught if taught else 1
    whole = 0.0
    for at in range(0, len(told), width):
        masses = [math.exp(logp) for token, logp in told[at : at + width] if token >= 0]
        masses.append(max(0.0, 1.0 - sum(masses)))
        whole -= sum(mass * math.log(mass) for mass in masses if mass > 0)
    return whole
