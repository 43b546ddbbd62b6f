"""Knowledge distillation: the teacher's text, its distributions, and labels known to be right.

    (1 - g) · [(1 - a) · cross_entropy + a · divergence] + g · ground_truth

each a mean over its own rows: text that is not ground truth, taught rows, ground truth. With
`entropy` the bracket is one mean over the text, `mixture`, whose tokens have a share a of their own
where they are taught, and 0 elsewhere.

Shape suffixes:  N supervised tokens · C rows · O outcomes · V vocabulary · H width.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ops.losses import outcomes
from ops.losses.config import DistillationConfig, EntropyConfig
from ops.losses.contract import Outcomes, Sums, Targets, is_taught
from ops.losses.diverge import Conditions, costs, diverge, priced
from ops.losses.rows import is_right, is_truth, tally, total
from ops.losses.schedule import ramp, temperature
from ops.losses.shares import Tree, shares
from ops.losses.stateless import Stateless


def divergence_share(config: EntropyConfig, logp_CO: Tensor) -> Tensor:
    """a of each row, [C]: from `low` where the teacher is sure to `high`; its text has the rest.

    The entropy is a share of log(K + 1), the most that the teacher's outcomes can have: real
    entropies, of less than a nat, are then in the scale's lower part and not all below it.
    """
    sure_C = 1.0 - outcomes.uncertainty(logp_CO).clamp(0.0, 1.0)
    return config.low * sure_C + config.high * (1.0 - sure_C)


class Distillation(Stateless):
    """The objective; `embeddings` [V, H] are the student's, for the costs of wasserstein."""

    def __init__(self, config: DistillationConfig, embeddings: Tensor | None = None) -> None:
        self.config = config
        self.embeddings = priced(config.divergence, embeddings)
        self.agreement = 0.0

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """Weight of the rows of each component."""
        return tally(self._rows(targets))

    def _rows(self, targets: Targets) -> dict[str, Tensor]:
        truth_N = is_truth(targets)
        text_N = torch.logical_and(is_right(targets), ~truth_N)
        masks = {"cross_entropy": text_N, "divergence": is_taught(targets), "ground_truth": truth_N}
        if self.config.entropy is not None:
            masks["mixture"] = text_N
        if self.config.divergence.name == "adaptive":
            masks["agreement"] = is_taught(targets)
        return {name: mask_N * targets.weights_N for name, mask_N in masks.items()}

    def tree(self, progress: float) -> Tree:
        """The weights, for an objective that has this one as a group."""
        truth = ramp(self.config.truth_start, self.config.truth_end, progress)
        share = self.config.divergence_weight
        split: Tree = {"cross_entropy": 1.0 - share, "divergence": share}
        text: Tree = split if self.config.entropy is None else {"mixture": 1.0}
        return {"teacher": (1.0 - truth, text), "ground_truth": truth}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there; what is only measured has 0."""
        return shares(self.tree(progress), present)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """Sums over the rows of a chunk."""
        rows = self._rows(targets)
        logp_CO, logq_CO = outcomes.teacher(targets), outcomes.student(seen, targets)
        nats_C = outcomes.cross_entropy(seen)
        apart_C = diverge(
            self.config.divergence, logp_CO, logq_CO, self._conditions(targets, progress)
        )
        values = {"cross_entropy": nats_C, "divergence": apart_C, "ground_truth": nats_C}
        if self.config.entropy is not None:
            share_C = divergence_share(self.config.entropy, logp_CO) * is_taught(targets)
            values["mixture"] = share_C * apart_C + (1.0 - share_C) * nats_C
        if "agreement" in rows:
            values["agreement"] = outcomes.agreement(logp_CO, logq_CO).detach()
        return {name: total(value_C, rows[name]) for name, value_C in values.items()}

    def _conditions(self, targets: Targets, progress: float) -> Conditions:
        cost = costs(self.embeddings, targets.ids_NK)
        return Conditions(temperature(self.config.temperature, progress), self.agreement, cost)

    def state(self) -> dict[str, Any]:
        """How far the student agrees with the teacher, of the step before."""
        return {"agreement": self.agreement}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.agreement = float(state["agreement"])

    def stepped(self, means: Mapping[str, float]) -> None:
        """Keep the agreement of this step for the next."""
        self.agreement = float(means.get("agreement", self.agreement))
