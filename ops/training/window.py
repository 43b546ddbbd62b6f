"""One optimizer step: a window of micro-batches whose gradients are summed, and divided once.

What divides the loss is counted over the whole window before any forward pass, from the targets
alone, so a window of many batches, or of many ranks, is the same step as one large batch.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ops.losses.head import Aim, Pass
from ops.training import optimizer as optimizers
from ops.training import ranks
from ops.training.batch import Batch
from ops.training.guard import require_finite, require_targets
from ops.training.hidden import looked, passed
from ops.training.order import MicroBatch
from ops.training.precision import is_bf16
from ops.training.run import Run


@dataclass(frozen=True, slots=True)
class Learner:
    """A model that is trained, the optimizer that holds its moments, and the run."""

    model: Any
    optimizer: torch.optim.Optimizer
    run: Run

    @property
    def device(self) -> torch.device:
        """Where the batches must be."""
        found: torch.device = next(self.model.parameters()).device
        return found

    @property
    def bf16(self) -> bool:
        """Are activations computed in bf16?"""
        return is_bf16(self.run.config, self.device)


@dataclass(frozen=True, slots=True)
class Stepped:
    """What one step found, over its window: means in nats, L2 norms before clipping."""

    loss: float
    parts: dict[str, float]
    norms: dict[str, float]
    grad_norm: float
    tokens: int


def step(
    learner: Learner, window: Sequence[MicroBatch], number: int, between: Callable[[], None]
) -> Stepped:
    """Descend one window.

    Args:
        learner: is changed, unless this raises.
        window: its micro-batches, those of all ranks.
        number: of the step, from 0.
        between: called after each micro-batch; may raise to end the run before the step is taken.

    Raises:
        ContractError: a loss or gradient is not finite, or no target has a weight.
    """
    run = learner.run
    learner.model.train()
    learner.optimizer.zero_grad(set_to_none=True)
    whole, progress = [one.number for one in window], number / run.order.steps
    mine = [(one, _batch(learner, one, progress)) for one in ranks.share(window)]
    counts, tokens = _counted(run, [batch for one, batch in mine if one.counted], progress)
    require_targets(run, number + 1, whole, sum(counts.values()))
    weights = run.objective.weights({name: n > 0 for name, n in counts.items()}, progress)
    scale = {name: weight / counts[name] for name, weight in weights.items() if weight > 0}
    sums, norms = _descended(learner, mine, Aim(run.objective, scale, progress), between)
    parts = {name: sums[name] / count for name, count in counts.items() if count > 0}
    loss = sum(weights[name] * parts[name] for name in scale)
    norm = optimizers.clipped(learner.model, run.config.max_grad_norm)
    require_finite(run, number + 1, whole, {"loss": loss, "gradient norm": norm})
    learner.optimizer.step()
    learner.optimizer.zero_grad(set_to_none=True)
    run.objective.stepped(parts)
    return Stepped(loss, parts, norms, norm, tokens)


def _batch(learner: Learner, one: MicroBatch, progress: float) -> Batch:
    """The micro-batch on the CPU; with a look at the student first, its weights are the look's.

    The look is a forward pass of its own: what divides the loss must be known for the whole window
    before any of it is descended.
    """
    run = learner.run
    batch = run.collate(run.train[one.number])
    if not run.objective.looks_first:
        return batch
    _seeded(run, one)
    aim = Aim(run.objective, {}, progress)
    there = looked(learner.model, batch.to(learner.device), aim, bf16=learner.bf16)
    return there.to(torch.device("cpu"))


def _seeded(run: Run, one: MicroBatch) -> None:
    torch.manual_seed(run.config.seed * 1_000_003 + one.at)


def _counted(run: Run, batches: Sequence[Batch], progress: float) -> tuple[dict[str, float], int]:
    """What divides each component, and the supervised tokens, over the window and all ranks."""
    counts = defaultdict(float, tokens=float(sum(len(batch.rows_N) for batch in batches)))
    for batch in batches:
        held = run.objective.counts(batch.targets, progress) | batch.counts()
        for name, count in held.items():
            counts[f"of {name}"] += count
    whole = ranks.summed(counts)
    tokens = int(whole.pop("tokens"))
    return {name.removeprefix("of "): count for name, count in whole.items()}, tokens


def _descended(
    learner: Learner,
    mine: Sequence[tuple[MicroBatch, Batch]],
    aim: Aim,
    between: Callable[[], None],
) -> tuple[dict[str, float], dict[str, float]]:
    """Forward and backward of each micro-batch; sums and gradient norms, over all ranks."""
    sums, squares = defaultdict[str, float](float), defaultdict[str, float](float)
    for one, batch in mine:
        idle = Aim(aim.objective, {}, aim.progress, norms=False)
        found = _backward(learner, one, batch, aim if one.counted else idle)
        for name, value in found.sums.items() if one.counted else ():
            sums[name] += float(value)
        for name, value in found.norms.items():
            squares[name] += float(value) ** 2
        between()
    squared = ranks.summed(squares)
    return ranks.summed(sums), {name: math.sqrt(total) for name, total in squared.items()}


def _backward(learner: Learner, one: MicroBatch, batch: Batch, aim: Aim) -> Pass:
    run = learner.run
    _seeded(run, one)
    found = passed(learner.model, batch.to(learner.device), aim, bf16=learner.bf16)
    step = one.at // run.config.accumulate + 1
    require_finite(run, step, [one.number], {"loss": float(found.total.detach())})
    # Ranks average their gradients, and the sum is what was divided by the counts of all.
    torch.autograd.backward(found.total * ranks.count())
    return found
