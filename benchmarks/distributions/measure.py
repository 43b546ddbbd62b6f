"""How near a student is to recorded distributions: a stage of its own process, as ops stages are.

    python -m benchmarks.distributions.measure --spec FILE --out DIR

Read are the examples of one split, token by token after the teacher's own text. Shape suffixes as
in ops/losses/contract.py, and V vocabulary.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ops import entry
from ops.losses import outcomes
from ops.losses.contract import Targets
from ops.losses.divergence import forward_kl
from ops.losses.head import outcomes as head_outcomes
from ops.losses.product import Head
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import Batch, collate, planned
from ops.training.hidden import hidden

ROWS = 128
"""Rows of logits in memory."""


class Spec(BaseModel, extra="forbid"):
    """What one measurement reads."""

    student: Path
    shards: Path
    split: str


@torch.no_grad()
def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Means over the split.

    tokens: supervised; taught: of them, those with a distribution. text: nats a supervised token
    of the teacher's text; byte: the same nats a byte of it, which students of different tokenizers
    share. divergence: forward KL of K + 1 outcomes, nats a taught token; agreement: share of taught
    tokens whose likeliest told outcome is the likeliest of the student's whole vocabulary;
    entropy: the teacher's own, nats a taught token, below which no cross-entropy to it can fall.
    """
    model, tokenizer = students.load(spec.student).eval(), tokenizers.load(spec.student)
    sums = defaultdict[str, float](float)
    for examples in planned(spec.shards, spec.split):
        batch = collate(examples).to(next(model.parameters()).device)
        written = tokenizer.decode(batch.targets.ids_NK[:, 0].tolist())
        sums["bytes"] += len(written.encode("utf-8"))
        for name, value in measured(model, batch).items():
            sums[name] += value
    tokens, taught = sums["tokens"], sums["taught"]
    return {
        "tokens": int(tokens),
        "taught": int(taught),
        "text": sums["text"] / tokens,
        "byte": sums["text"] / sums["bytes"],
        **{
            name: sums[name] / taught if taught else None
            for name in ("divergence", "agreement", "entropy")
        },
    }


def measured(model: Any, batch: Batch) -> dict[str, float]:
    """Sums over the supervised tokens of a batch; names as `work` tells them."""
    states_NH, targets = hidden(model, batch), batch.targets
    head = model.lm_head
    seen = head_outcomes(states_NH, Head(head.weight, head.bias), targets)
    logp_NO, taught_N = outcomes.teacher(targets), targets.taught_N
    found = {
        "tokens": torch.ones_like(taught_N),
        "taught": taught_N,
        "text": outcomes.cross_entropy(seen),
        "divergence": forward_kl(logp_NO, outcomes.student(seen, targets)) * taught_N,
        "entropy": outcomes.entropy(logp_NO) * taught_N,
        "agreement": (_likeliest(states_NH, head) == _preferred(logp_NO, targets)) & taught_N,
    }
    return {name: float(value_N.sum()) for name, value_N in found.items()}


def _likeliest(states_NH: Tensor, head: Any) -> Tensor:
    """[N] the student's likeliest token of its whole vocabulary."""
    return torch.cat([head(rows_CH).argmax(-1) for rows_CH in torch.split(states_NH, ROWS)])


def _preferred(logp_NO: Tensor, targets: Targets) -> Tensor:
    """[N] the teacher's likeliest token of those that it told."""
    return targets.ids_NK.gather(-1, outcomes.preferred(logp_NO))[:, 0]


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
