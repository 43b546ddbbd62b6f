"""What the repair split says of the student as it is: the objective of training, and perplexity.

Measured as at the end of the run (progress 1), so that an objective that changes on the way is
compared with itself.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ops.errors import ContractError
from ops.losses.contract import Objective, Outcomes, Sums, Targets
from ops.losses.head import Aim
from ops.losses.wrapper import Wrapper
from ops.training import ranks
from ops.training.hidden import looked, passed
from ops.training.order import MicroBatch
from ops.training.precision import is_bf16
from ops.training.run import Run
from ops.training.sharding import rest

TEXT = "text of the teacher"
FEW = 8
AT_END = 1.0


class WithText(Wrapper):
    """An objective with one more sum: the cross-entropy of the text, for the perplexity."""

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """As the objective counts, and the tokens of the text."""
        return {**self._of.counts(targets, progress), TEXT: float((~targets.broken_N).sum())}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """As the objective weighs."""
        here = {name: there for name, there in present.items() if name != TEXT}
        return self._of.weights(here, progress)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """As the objective sums, and the nats of the text."""
        text = -seen.logq_CK[~targets.broken_N, 0].sum()
        return {**self._of.sums(seen, targets, progress), TEXT: text}

    def stepped(self, means: Mapping[str, float]) -> None:
        """Nothing is learnt from a validation."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The loss and the perplexity of the text on the validation batches."""

    loss: float
    perplexity: float


@torch.no_grad()
def measured(model: Any, run: Run) -> Measured:
    """Measure on the validation batches, or on the first of training where there are none.

    Raises:
        ContractError: they hold no target with a weight.
    """
    model.eval()
    objective, device = WithText(run.objective), next(model.parameters()).device
    bf16, aim = is_bf16(run.config, device), Aim(objective, {}, AT_END, norms=False)
    batches = run.validation or run.train[:FEW]
    sums, counts = defaultdict[str, float](float), defaultdict[str, float](float)
    for one in ranks.share([MicroBatch(at, at) for at in range(len(batches))]):
        batch = run.collate(batches[one.number]).to(device)
        if objective.looks_first:
            batch = looked(model, batch, aim, bf16=bf16)
        held = objective.counts(batch.targets, aim.progress) | batch.counts()
        found = passed(model, batch, aim, bf16=bf16)
        if one.counted:
            for name, count in held.items():
                counts[name] += count
                sums[name] += float(found.sums.get(name, 0.0))
    rest(model)
    return _means(run, objective, ranks.summed(sums), ranks.summed(counts))


def _means(
    run: Run, objective: Objective, sums: dict[str, float], counts: dict[str, float]
) -> Measured:
    if not sum(counts.values()) > counts.get(TEXT, 0.0):
        raise ContractError(
            f"{run.stage}: no supervised token with a weight in the validation batches; their "
            f"targets were cut away: materialize token_shards again with more room for answers"
        )
    weights = objective.weights({name: n > 0 for name, n in counts.items()}, AT_END)
    loss = sum(weight * sums[name] / counts[name] for name, weight in weights.items() if weight)
    text = sums[TEXT] / counts[TEXT] if counts[TEXT] else math.inf
    return Measured(loss, math.exp(min(text, 700.0)))
