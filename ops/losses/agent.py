"""Structured-agent distillation: a divergence and text weighted by spans, and regularisers.

    (1 - c) · divergence + c · cross_entropy + Σ λ · regulariser,   divided by 1 + Σ λ

each a mean over its rows, weighted by what they are part of (weighting.py). With `paper` of the
presets it is λ_r · KL over reasoning + λ_a · KL over actions of Liu et al., arXiv:2505.13820.

Shape suffixes:  N supervised tokens · C rows · V vocabulary · H width.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from ops.losses import outcomes
from ops.losses.config import AgentConfig
from ops.losses.consistency import unevenness
from ops.losses.contract import Outcomes, Sums, Targets, is_taught
from ops.losses.diverge import Conditions, costs, diverge, priced
from ops.losses.divergence import forward_kl
from ops.losses.feedback import Feedback
from ops.losses.regularize import confidence_penalty, entropy_bonus, smoothed_cross_entropy
from ops.losses.rows import is_right, tally, total
from ops.losses.schedule import temperature
from ops.losses.shares import Tree, shares
from ops.losses.weighting import GROUPS, LOOKING, groups, looked_weights, span_weights

LEARNT_GROUPS = tuple(group for group in GROUPS if group != "observation")


class AgentDistillation:
    """The objective; `embeddings` [V, H] are the student's, for the costs of wasserstein."""

    def __init__(self, config: AgentConfig, embeddings: Tensor | None = None) -> None:
        self.config = config
        self.embeddings = priced(config.divergence, embeddings)
        self.agreement = 0.0
        self.divergences: dict[str, float] = {}
        follow = config.feedback
        self.feedback = Feedback(follow, config.temperature.start) if follow else None

    @property
    def looks_first(self) -> bool:
        """Only two of the weightings are drawn from the student's own distribution."""
        return self.config.weighting in LOOKING

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        """The targets with weights by the student's confidence, or by how hard they are to it."""
        looked_N = looked_weights(self.config, seen, targets).to(targets.weights_N.dtype)
        return replace(targets, weights_N=targets.weights_N * looked_N)

    def _rows(self, targets: Targets, progress: float) -> dict[str, Tensor]:
        weights_N = span_weights(self.config, targets, progress, self.divergences)
        text_N, taught_N = is_right(targets) * weights_N, is_taught(targets) * weights_N
        found = {"divergence": taught_N, "cross_entropy": text_N}
        found |= {"entropy": text_N, "confidence": text_N, "consistency": taught_N}
        found["agreement"] = is_taught(targets) * targets.weights_N
        if self.config.span_metrics or self.config.weighting == "adaptive":
            groups_N = groups(targets.kinds_N)
            for group in LEARNT_GROUPS:
                of_group_N = groups_N == GROUPS.index(group)
                found[f"divergence_{group}"] = of_group_N * found["agreement"]
        return found

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """Weight of the rows of each component."""
        return tally(self._rows(targets, progress))

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there; what is only measured has 0.

        The regularisers keep their lambdas beside a whole 1 of divergence and text.
        """
        config = self.config
        text = config.cross_entropy_weight
        learnt: Tree = {"divergence": 1.0 - text, "cross_entropy": text}
        tree: Tree = {
            "learnt": (1.0, learnt),
            "entropy": config.entropy,
            "confidence": config.confidence,
            "consistency": config.consistency,
        }
        return shares(tree, present)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """Sums over the rows of a chunk."""
        rows = self._rows(targets, progress)
        logp_CO, logq_CO = outcomes.teacher(targets), outcomes.student(seen, targets)
        apart_C = diverge(
            self.config.divergence, logp_CO, logq_CO, self._conditions(targets, progress)
        )
        values = {
            "divergence": apart_C,
            "cross_entropy": smoothed_cross_entropy(seen, self.config.label_smoothing),
            "entropy": entropy_bonus(outcomes.own(seen)),
            "confidence": confidence_penalty(outcomes.own(seen)),
            "agreement": outcomes.agreement(logp_CO, logq_CO).detach(),
        }
        groups_C = groups(targets.kinds_N)
        values["consistency"] = unevenness(apart_C, targets.spans_N, groups_C, rows["consistency"])
        plain_C = forward_kl(logp_CO, logq_CO).detach()
        return {name: total(values.get(name, plain_C), row_N) for name, row_N in rows.items()}

    def _conditions(self, targets: Targets, progress: float) -> Conditions:
        cost = costs(self.embeddings, targets.ids_NK)
        return Conditions(self._temperature(progress), self.agreement, cost)

    def _temperature(self, progress: float) -> float:
        if self.feedback is not None:
            return self.feedback.temperature
        return temperature(self.config.temperature, progress)

    def stepped(self, means: Mapping[str, float]) -> None:
        """Keep what the next step depends on: agreement, divergences by group, temperature."""
        self.agreement = float(means.get("agreement", self.agreement))
        for group in LEARNT_GROUPS:
            if f"divergence_{group}" in means:
                self.divergences[group] = float(means[f"divergence_{group}"])
        if self.feedback is not None and "cross_entropy" in means:
            self.feedback.stepped(float(means["cross_entropy"]))

    def state(self) -> dict[str, Any]:
        """What the next step depends on."""
        follow = {} if self.feedback is None else self.feedback.state()
        return {
            "agreement": self.agreement,
            "divergences": dict(self.divergences),
            "feedback": follow,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self.agreement = float(state["agreement"])
        self.divergences = {name: float(value) for name, value in state["divergences"].items()}
        if self.feedback is not None:
            self.feedback.restore(state["feedback"])
