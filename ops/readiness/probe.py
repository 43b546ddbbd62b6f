"""A real batch through every component of the objectives: finite loss, gradient that is not zero.

Then one batch is learnt by heart: a student that cannot, never will learn the rest.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops import progress
from ops.errors import ContractError
from ops.losses import objective
from ops.losses.objective import Targets, Terms
from ops.process.config import ProcessConfig
from ops.readiness.check import Check
from ops.spans.contract import DECISIONS, KINDS
from ops.training.batch import collate, logits, planned

OVERFIT_STEPS = 40
OVERFIT_ROWS = 8
OVERFIT_RATE = 3e-3


def probe(model: Any, shards: Path, config: ProcessConfig) -> list[Check]:
    """Check every component that the data can train, and overfit one batch; the model is spent."""
    batches = planned(shards, "train")
    if not batches:
        raise ContractError(f"{shards}: no training batch; the teacher's answers were all refused")
    rows = [row for batch in batches for row in batch]
    components = {"cross_entropy": (_cross_entropy, rows)}
    with_teacher = [row for row in rows if row["teacher_at"]]
    if config.divergence_weight > 0:
        components["divergence"] = (_divergence, with_teacher)
    for kind, weight in config.spans.model_dump().items():
        if weight > 0:
            components[kind] = (_of_kind(kind), [row for row in rows if _has(row, kind)])
    checks = [
        _component(name, model, loss, examples[:OVERFIT_ROWS])
        for name, (loss, examples) in components.items()
    ]
    return [*checks, _overfit(model, rows[:OVERFIT_ROWS])]


def _cross_entropy(logits_NV: Tensor, targets: Targets) -> Tensor:
    return objective.kd(logits_NV, targets, 0.0).total


def _divergence(logits_NV: Tensor, targets: Targets) -> Tensor:
    return objective.kd(logits_NV, targets, 1.0).total


def _of_kind(kind: str) -> Any:
    def loss(logits_NV: Tensor, targets: Targets) -> Tensor:
        terms: Terms | None = objective.process(logits_NV, targets, {kind: 1.0})
        assert terms is not None
        return terms.total

    return loss


def _has(row: dict[str, Any], kind: str) -> bool:
    return any(KINDS.index(one) in row["span_kind"] for one in DECISIONS[kind])


def _component(name: str, model: Any, loss: Any, examples: list[dict[str, Any]]) -> Check:
    """A component that no example has is reported and does not fail: the weights renormalise."""
    if not examples:
        return Check(
            f"gradient of {name}", True, "absent: no example has it; its weight goes to the others"
        )
    batch = collate(examples, next(model.parameters()).device)
    model.zero_grad(set_to_none=True)
    value = loss(logits(model, batch), batch.targets)
    torch.autograd.backward(value)
    norm = float(
        torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
    )
    passed = bool(torch.isfinite(value)) and 0.0 < norm < float("inf")
    return Check(
        f"gradient of {name}", passed, f"loss {value.item():.4f}, gradient norm {norm:.2e}"
    )


def _overfit(model: Any, examples: list[dict[str, Any]]) -> Check:
    torch.manual_seed(0)
    batch = collate(examples, next(model.parameters()).device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=OVERFIT_RATE)
    losses = []
    model.train()
    for step in range(OVERFIT_STEPS):
        value = _cross_entropy(logits(model, batch), batch.targets)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        optimizer.step()
        losses.append(value.item())
        progress.report("readiness", step + 1, OVERFIT_STEPS, loss=f"{losses[-1]:.3f}")
    fell = f"loss {losses[0]:.3f} to {losses[-1]:.3f}"
    found = f"{fell} in {OVERFIT_STEPS} steps on {len(examples)} examples"
    return Check("overfits one batch", losses[-1] < 0.5 * losses[0], found)
