"""How hard an example is before anything is trained: for an order of batches from easy to hard.

Source: Liu et al., arXiv:2505.13820, trajectory complexity of the curriculum. Not here: the order
itself (ops/training/curriculum.py).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

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
    tokens = Counter[str]()
    for kind, count in Counter(example["span_kind"]).items():
        tokens[group_of(KINDS[kind])] += count
    lengths = alpha * tokens["reasoning"] + beta * tokens["action"]
    return lengths + gamma * _entropy(example)


def _entropy(example: Mapping[str, Any]) -> float:
    """Σ over the taught tokens of the entropy of their outcomes and one tail, nats."""
    taught = len(example["teacher_at"])
    if not taught:
        return 0.0
    ids = np.asarray(example["teacher_ids"]).reshape(taught, -1)
    told = np.exp(np.asarray(example["teacher_logp"], dtype=np.float64).reshape(taught, -1))
    masses = np.where(ids >= 0, told, 0.0)
    masses = np.column_stack([masses, np.maximum(0.0, 1.0 - masses.sum(axis=1))])
    return float(-(masses * np.log(masses, where=masses > 0, out=np.zeros_like(masses))).sum())
