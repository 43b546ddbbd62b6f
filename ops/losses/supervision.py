"""Process supervision: distillation, and more weight where the student decides.

    a · distillation + (1 - a) · [v · json_validity + (1 - v) · Σ_k w_k · decision_k + m · margin]

with a = kd_weight, v = validity_weight and m = margin.weight; the bracket is divided by 1 + m. Each
decision is a mean over its own tokens, or over its choices (selection), and w is renormalised over
those that are there. Not here: selection and margin compare sequences, so they are sums of the
batch (contrast.py) and have only their shares from here.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ops.losses import outcomes
from ops.losses.config import SupervisionConfig
from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.decisions import checked_rows, decision_rows, grammar_mass
from ops.losses.distillation import Distillation
from ops.losses.rows import tally, total
from ops.losses.shares import Tree, shares
from ops.losses.stateless import Stateless
from ops.spans.contract import DECISIONS


class ProcessSupervision(Stateless):
    """The objective of the process stage; `embeddings` as of Distillation."""

    def __init__(self, config: SupervisionConfig, embeddings: Tensor | None = None) -> None:
        self.config = config
        self.kd = Distillation(config.distillation, embeddings)
        self.weighed: dict[str, float] = config.decisions.model_dump()
        self.decisions = tuple(DECISIONS)

    def _rows(self, targets: Targets) -> dict[str, Tensor]:
        masks = {name: decision_rows(targets, name) for name in self.decisions}
        masks["json_validity"] = checked_rows(targets)
        return {name: mask_N * targets.weights_N for name, mask_N in masks.items()}

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """Weight of the rows of each component."""
        return self.kd.counts(targets, progress) | tally(self._rows(targets))

    def tree(self, progress: float) -> Tree:
        """The weights: two groups, of which the second has a group of its own."""
        valid = self.config.validity_weight
        process: Tree = {
            "json_validity": valid,
            "decisions": (1.0 - valid, self.weighed),
            "margin": self.config.margin.weight,
        }
        share = self.config.kd_weight
        return {"kd": (share, self.kd.tree(progress)), "process": (1.0 - share, process)}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there; what is only measured has 0."""
        return shares(self.tree(progress), present)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """Sums over the rows of a chunk."""
        nats_C, rows = outcomes.cross_entropy(seen), self._rows(targets)
        found = {name: total(nats_C, rows[name]) for name in self.decisions}
        found["json_validity"] = total(grammar_mass(seen), rows["json_validity"])
        return self.kd.sums(seen, targets, progress) | found

    def state(self) -> dict[str, Any]:
        """That of distillation."""
        return self.kd.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.kd.restore(state)

    def stepped(self, means: Mapping[str, float]) -> None:
        """Told to distillation."""
        self.kd.stepped(means)
