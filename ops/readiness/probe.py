"""A real batch through every component of the objectives: finite loss, gradient at its own tokens.

Then one batch is learnt by heart: a student that cannot, never will learn the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops import progress
from ops.errors import ContractError
from ops.losses.agent import AgentDistillation
from ops.losses.config import AgentConfig, DistillationConfig
from ops.losses.contract import Objective, Targets
from ops.losses.distillation import Distillation
from ops.losses.head import Aim, head_pass
from ops.losses.product import Head
from ops.losses.supervision import ProcessSupervision
from ops.process.config import ProcessConfig
from ops.readiness.check import Check
from ops.readiness.compare import compared, comparing
from ops.training.batch import Batch, Examples, collate, planned
from ops.training.grammar import Grammatical
from ops.training.hidden import base_of, hidden, passed

OVERFIT_STEPS = 40
"""At most; fewer where the loss is half of what it was before."""
OVERFIT_ROWS = 8
OVERFIT_RATE = 3e-3


@dataclass(frozen=True, slots=True)
class Objectives:
    """What is trained: process supervision, with the wrong answers of its margin where that has a
    weight, and kd's `agent` where that is not the distillation inside of `process`.
    """

    process: ProcessConfig
    agent: AgentConfig | None = None
    negatives: Path | None = None


def probe(model: Any, tokenizer: Any, shards: Path, asked: Objectives) -> list[Check]:
    """Check every component that the data can train, and overfit one batch; the model is spent."""
    batches = planned(shards, "train")
    if not batches:
        raise ContractError(f"{shards}: no training batch; the teacher's answers were all refused")
    rows = [row for batch in batches for row in batch]
    embeddings_VH = model.get_input_embeddings().weight.detach()
    supervision = asked.process.supervision
    process = ProcessSupervision(supervision, embeddings_VH)
    checks = _Probed(model, process, Grammatical(tokenizer)).checks(rows)
    made = comparing(tokenizer, supervision, asked.negatives)
    checks += compared(model, process, made, rows) if made is not None else []
    if asked.agent is not None:
        kd = _Probed(model, AgentDistillation(asked.agent, embeddings_VH), collate, " of kd.agent")
        checks += kd.checks(rows)
    return [*checks, _overfit(model, rows[:OVERFIT_ROWS])]


@dataclass(frozen=True, slots=True)
class _Probed:
    """A student under an objective; `of` names that one in the checks."""

    model: Any
    objective: Objective
    collate: Callable[[Examples], Batch]
    of: str = ""

    def checks(self, rows: Examples) -> list[Check]:
        """A check of each component, and one more if no example has any of them."""
        having = {name: self.having(name, rows) for name in self.names(rows[0])}
        found = [self.component(name, examples) for name, examples in having.items()]
        if not any(having.values()) and all(check.passed for check in found):
            told = f"no example has any of {', '.join(having)}: nothing would be learnt"
            found.append(Check(f"a component{self.of}", False, told))
        return found

    def names(self, row: dict[str, Any]) -> list[str]:
        """The components that have a weight."""
        there = dict.fromkeys(self.objective.counts(self.collate([row]).targets, 0.0), True)
        weights = self.objective.weights(there, 0.0)
        return [name for name in there if weights.get(name, 0.0) > 0]

    def having(self, name: str, rows: Examples) -> Examples:
        """The first examples that have the component.

        Masks cost most of a look: they are made where a mask at every token would give it.
        """

        def count(targets: Targets) -> float:
            return self.objective.counts(targets, 0.0)[name]

        def has(row: dict[str, Any]) -> bool:
            targets = collate([row]).targets
            claimed = replace(targets, masked_N=torch.ones_like(targets.broken_N))
            return count(claimed) > 0 and count(self.collate([row]).targets) > 0

        return list(islice((row for row in rows if has(row)), OVERFIT_ROWS))

    def component(self, name: str, examples: Examples) -> Check:
        """A component that no example has is reported and does not fail: the weights renormalise.

        But for the text: without any there is nothing to learn.
        """
        called = f"gradient of {name}{self.of}"
        if not examples and name == "cross_entropy":
            return Check(called, False, "no example has a target")
        if not examples:
            found = "absent: no example has it; its weight goes to the others"
            return Check(called, True, found)
        batch = self.collate(examples)
        self.model.zero_grad(set_to_none=True)
        value = _mean(name, self.model, self.objective, batch)
        torch.autograd.backward(value)
        slopes = [p.grad.norm() for p in self.model.parameters() if p.grad is not None]
        norm = float(torch.stack(slopes).norm())
        reached, stray = self._reached(name, batch)
        passed = bool(torch.isfinite(value)) and 0.0 < norm < float("inf") and not stray
        found = f"loss {value.item():.4f}, gradient norm {norm:.2e}, at {reached} of its tokens"
        told = f" and at {stray} of others: a fault of the objective" if stray else ""
        return Check(called, passed, found + told)

    def _reached(self, name: str, batch: Batch) -> tuple[int, int]:
        """How many tokens of the component, and of others, its gradient comes from."""
        there = batch.to(next(self.model.parameters()).device)
        with torch.no_grad():
            states_NH = hidden(self.model, there)
        states_NH.requires_grad_()
        head = base_of(self.model).lm_head
        aim = Aim(self.objective, {name: 1.0}, norms=False)
        whole = head_pass(
            states_NH, Head(head.weight.detach(), head.bias), there.targets, aim, there.allowed
        )
        (slope_NH,) = torch.autograd.grad(whole.total, states_NH)
        has_N = (slope_NH != 0).any(-1).cpu()
        own_N = torch.tensor(
            [
                self.objective.counts(batch.targets.chunk(slice(at, at + 1)), 0.0)[name] > 0
                for at in range(len(batch.targets))
            ]
        )
        return int((has_N & own_N).sum()), int((has_N & ~own_N).sum())


def _mean(name: str, model: Any, objective: Objective, batch: Batch) -> Tensor:
    """One component alone, its mean over the batch."""
    count = objective.counts(batch.targets, 0.0)[name]
    device = next(model.parameters()).device
    return passed(model, batch.to(device), Aim(objective, {name: 1 / count}, norms=False)).total


def _overfit(model: Any, examples: Examples) -> Check:
    torch.manual_seed(0)
    batch, text = collate(examples), Distillation(DistillationConfig())
    if not len(batch.targets):
        return Check("overfits one batch", False, "no example has a target")
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
        if losses[-1] < 0.5 * losses[0]:
            break
    fell = f"loss {losses[0]:.3f} to {losses[-1]:.3f}"
    found = f"{fell} in {len(losses)} steps on {len(examples)} examples"
    return Check("overfits one batch", losses[-1] < 0.5 * losses[0], found)
