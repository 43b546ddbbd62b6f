"""One optimizer step: a window of micro-batches whose gradients are summed, and divided once.

What divides the loss is counted over the whole window before any forward pass, from the targets
alone, so a window of many batches, or of many ranks, is the same step as one large batch.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ops.losses.head import Pass
from ops.training import optimizer as optimizers
from ops.training import ranks
from ops.training.batch import Batch, collate
from ops.training.guard import require_finite, require_targets
from ops.training.hidden import Asked, passed
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
    mine = [(one, collate(run.train[one.number])) for one in ranks.share(window)]
    counts, tokens = _counted(run, [batch for one, batch in mine if one.counted])
    whole = [one.number for one in window]
    require_targets(run, number + 1, whole, sum(counts.values()))
    progress = number / run.order.steps
    weights = run.objective.weights({name: n > 0 for name, n in counts.items()}, progress)
    scale = {name: weights.get(name, 0.0) / n for name, n in counts.items() if n > 0}
    bf16 = is_bf16(run.config, learner.device)
    asked = Asked(run.objective, scale, progress, bf16, norms=True)
    sums, norms = _descended(learner, mine, asked, between)
    parts = {name: sums[name] / counts[name] for name in scale}
    loss = sum(weights.get(name, 0.0) * mean for name, mean in parts.items())
    norm = optimizers.clipped(learner.model, run.config.max_grad_norm)
    require_finite(run, number + 1, whole, {"loss": loss, "gradient norm": norm})
    learner.optimizer.step()
    learner.optimizer.zero_grad(set_to_none=True)
    run.objective.stepped(parts)
    return Stepped(loss, parts, norms, norm, tokens)


def _counted(run: Run, batches: Sequence[Batch]) -> tuple[dict[str, float], int]:
    """What divides each component, and the supervised tokens, over the window and all ranks."""
    counts = defaultdict(float, tokens=float(sum(len(batch.rows_N) for batch in batches)))
    for batch in batches:
        for name, count in run.objective.counts(batch.targets).items():
            counts[f"of {name}"] += count
    whole = ranks.summed(counts)
    tokens = int(whole.pop("tokens"))
    return {name.removeprefix("of "): count for name, count in whole.items()}, tokens


def _descended(
    learner: Learner,
    mine: Sequence[tuple[MicroBatch, Batch]],
    asked: Asked,
    between: Callable[[], None],
) -> tuple[dict[str, float], dict[str, float]]:
    """Forward and backward of each micro-batch; sums and gradient norms, over all ranks."""
    sums, squares = defaultdict[str, float](float), defaultdict[str, float](float)
    for one, batch in mine:
        idle = replace(asked, scale=dict.fromkeys(asked.scale, 0.0), norms=False)
        found = _backward(learner, one, batch, asked if one.counted else idle)
        for name, value in found.sums.items() if one.counted else ():
            sums[name] += float(value)
        for name, value in found.norms.items():
            squares[name] += float(value) ** 2
        between()
    squared = ranks.summed(squares)
    return ranks.summed(sums), {name: math.sqrt(total) for name, total in squared.items()}


def _backward(learner: Learner, one: MicroBatch, batch: Batch, asked: Asked) -> Pass:
    run = learner.run
    torch.manual_seed(run.config.seed * 1_000_003 + one.at)
    found = passed(learner.model, batch.to(learner.device), asked)
    step = one.at // run.config.accumulate + 1
    require_finite(run, step, [one.number], {"loss": float(found.total.detach())})
    # Ranks average their gradients, and the sum is what was divided by the counts of all.
    torch.autograd.backward(found.total * ranks.count())
    return found
