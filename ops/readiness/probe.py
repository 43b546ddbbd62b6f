"""A real batch through every component of the objectives: finite loss, gradient that is not zero.

Then one batch is learnt by heart: a student that cannot, never will learn the rest.
"""

import math
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops import progress
from ops.errors import ContractError
from ops.losses.config import DistillationConfig
from ops.losses.contract import Objective
from ops.losses.distillation import Distillation
from ops.losses.head import Aim
from ops.losses.supervision import ProcessSupervision
from ops.process.config import ProcessConfig
from ops.readiness.check import Check
from ops.training.batch import Batch, Examples, collate, planned
from ops.training.hidden import passed

OVERFIT_STEPS = 40
OVERFIT_ROWS = 8
OVERFIT_RATE = 3e-3


def probe(model: Any, shards: Path, config: ProcessConfig) -> list[Check]:
    """Check every component that the data can train, and overfit one batch; the model is spent."""
    batches = planned(shards, "train")
    if not batches:
        raise ContractError(f"{shards}: no training batch; the teacher's answers were all refused")
    rows = [row for batch in batches for row in batch]
    objective = ProcessSupervision(config.supervision)
    whole = objective.counts(collate(rows[:1]).targets, 0.0)
    checks = [_component(name, model, objective, _having(name, objective, rows)) for name in whole]
    return [*checks, _overfit(model, rows[:OVERFIT_ROWS])]


def _having(name: str, objective: Objective, rows: Examples) -> Examples:
    """The first examples that have the component."""
    having = (row for row in rows if objective.counts(collate([row]).targets, 0.0)[name] > 0)
    return list(islice(having, OVERFIT_ROWS))


def _component(name: str, model: Any, objective: Objective, examples: Examples) -> Check:
    """A component that no example has is reported and does not fail: the weights renormalise.

    But for the text: without any there is nothing to learn.
    """
    if not examples and name == "cross_entropy":
        return Check(f"gradient of {name}", False, "no example has a target")
    if not examples:
        return Check(
            f"gradient of {name}", True, "absent: no example has it; its weight goes to the others"
        )
    model.zero_grad(set_to_none=True)
    value = _mean(name, model, objective, collate(examples))
    torch.autograd.backward(value)
    norm = float(
        torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
    )
    passed = bool(torch.isfinite(value)) and 0.0 < norm < float("inf")
    return Check(
        f"gradient of {name}", passed, f"loss {value.item():.4f}, gradient norm {norm:.2e}"
    )


def _mean(name: str, model: Any, objective: Objective, batch: Batch) -> Tensor:
    """One component alone, its mean over the batch."""
    count = objective.counts(batch.targets, 0.0)[name]
    scale = {name: 1.0 / count if count else math.nan}
    device = next(model.parameters()).device
    return passed(model, batch.to(device), Aim(objective, scale, norms=False)).total


def _overfit(model: Any, examples: Examples) -> Check:
    torch.manual_seed(0)
    batch, text = collate(examples), Distillation(DistillationConfig())
    optimizer = torch.optim.AdamW(model.parameters(), lr=OVERFIT_RATE)
    losses = []
    model.train()
    for step in range(OVERFIT_STEPS):
        value = _mean("cross_entropy", model, text, batch)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        optimizer.step()
        losses.append(value.item())
        progress.report("readiness", step + 1, OVERFIT_STEPS, loss=f"{losses[-1]:.3f}")
    fell = f"loss {losses[0]:.3f} to {losses[-1]:.3f}"
    found = f"{fell} in {OVERFIT_STEPS} steps on {len(examples)} examples"
    return Check("overfits one batch", losses[-1] < 0.5 * losses[0], found)
