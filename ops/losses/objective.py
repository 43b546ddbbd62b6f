"""What a training step minimises: weights on one pass over the supervised tokens.

    kd       (1 - a) · CE(teacher's text) + a · KL(teacher ‖ student)   where the teacher's
             distribution is known, CE alone elsewhere; mean over supervised tokens
    process  kd_weight · kd + process_weight · Σ_k w_k · mean CE over the tokens of decision k,
             w renormalised over the decisions that are in the batch

Shape suffixes:  N supervised tokens · V vocabulary · K reported outcomes.  Unit: nats per token.
Not here: where the tokens are (ops/spans), batches (ops/training).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ops.losses import contract
from ops.losses.contract import Outcomes, Sums, is_taught
from ops.losses.divergence import topk_forward_kl
from ops.spans.contract import DECISIONS, KINDS


@dataclass(frozen=True, slots=True)
class Targets:
    """Aligned targets of N supervised tokens."""

    labels_N: Tensor
    kinds_N: Tensor
    teacher_rows_M: Tensor
    teacher_ids_MK: Tensor
    teacher_logp_MK: Tensor


@dataclass(frozen=True, slots=True)
class Terms:
    """The loss to descend, and its parts for the record; a part that is absent is not named."""

    total: Tensor
    parts: dict[str, Tensor]


def kd(logits_NV: Tensor, targets: Targets, divergence_weight: float) -> Terms:
    """Distillation: the teacher's text, and its distributions where they are known."""
    ce_N = functional.cross_entropy(logits_NV, targets.labels_N, reduction="none")
    parts = {"cross_entropy": ce_N.detach().mean()}
    per_token_N = ce_N
    rows_M = targets.teacher_rows_M
    if len(rows_M) and divergence_weight > 0:
        kl_M = topk_forward_kl(logits_NV[rows_M], targets.teacher_ids_MK, targets.teacher_logp_MK)
        parts["divergence"] = kl_M.detach().mean()
        per_token_N = ce_N.index_add(0, rows_M, divergence_weight * (kl_M - ce_N[rows_M]))
    return Terms(per_token_N.mean(), parts)


def process(logits_NV: Tensor, targets: Targets, kind_weights: dict[str, float]) -> Terms | None:
    """Cross-entropy on the decisions alone; None if the batch holds none of the kinds."""
    ce_N = functional.cross_entropy(logits_NV, targets.labels_N, reduction="none")
    means = {}
    for kind, weight in kind_weights.items():
        of_kind_N = torch.isin(targets.kinds_N, _indices(kind, targets.kinds_N))
        if weight > 0 and bool(of_kind_N.any()):
            means[kind] = ce_N[of_kind_N].mean()
    if not means:
        return None
    whole = sum(kind_weights[kind] for kind in means)
    total = sum(
        (kind_weights[kind] / whole * mean for kind, mean in means.items()), logits_NV.sum() * 0
    )
    return Terms(total, {kind: mean.detach() for kind, mean in means.items()})


def _indices(decision: str, like: Tensor) -> Tensor:
    return like.new_tensor([KINDS.index(kind) for kind in DECISIONS[decision]])


def combine(distilled: Terms, supervised: Terms | None, process_weight: float) -> Terms:
    """kd_weight · kd + process_weight · process with kd_weight = 1 - process_weight.

    Without a process term in the batch the weights renormalise to kd alone.
    """
    if supervised is None:
        return distilled
    total = (1.0 - process_weight) * distilled.total + process_weight * supervised.total
    return Terms(total, distilled.parts | supervised.parts)


class Weighted:
    """kd and process as one objective of named components; implements contract.Objective."""

    looks_first = False

    def __init__(
        self, divergence_weight: float, process_weight: float, decisions: Mapping[str, float]
    ) -> None:
        """As the settings of ops.process have it; process_weight 0 is distillation alone."""
        kd = 1.0 - process_weight
        self._shares = {
            "cross_entropy": kd * (1.0 - divergence_weight),
            "divergence": kd * divergence_weight,
        }
        whole = sum(decisions.values())
        for kind, weight in decisions.items():
            self._shares[kind] = process_weight * weight / whole if whole else 0.0

    def counts(self, targets: contract.Targets, progress: float) -> dict[str, float]:
        """Weight of the rows of each component that has a share."""
        return {name: float(rows_N.sum()) for name, rows_N in self._rows(targets).items()}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """The shares, renormalised over what is there."""
        here = {name: self._shares[name] for name, there in present.items() if there}
        whole = sum(here.values())
        return {name: share / whole for name, share in here.items()}

    def sums(self, seen: Outcomes, targets: contract.Targets, progress: float) -> Sums:
        """Cross-entropies and the divergence, summed."""
        ce_N = -seen.logq_CK[:, 0]
        rows = self._rows(targets)
        found = {name: (of_N * ce_N).sum() for name, of_N in rows.items() if name != "divergence"}
        if "divergence" in rows:
            taught_N = is_taught(targets)
            kl_N = _with_tail(seen, targets, taught_N)
            found["divergence"] = (rows["divergence"][taught_N] * kl_N).sum()
        return found

    def _rows(self, targets: contract.Targets) -> dict[str, Tensor]:
        weights_N = targets.weights_N * ~targets.broken_N
        rows = {"cross_entropy": weights_N, "divergence": weights_N * is_taught(targets)}
        for kind in self._shares:
            if kind not in rows:
                of_kind_N = torch.isin(targets.kinds_N, _indices(kind, targets.kinds_N))
                rows[kind] = weights_N * of_kind_N
        return {name: rows[name] for name, share in self._shares.items() if share > 0}

    def prepared(
        self, seen: Outcomes, targets: contract.Targets, progress: float
    ) -> contract.Targets:
        """The targets as they are."""
        return targets

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing."""

    def stepped(self, means: Mapping[str, float]) -> None:
        """Nothing."""


def _with_tail(seen: Outcomes, targets: contract.Targets, rows_N: Tensor) -> Tensor:
    """KL(teacher ‖ student) of some rows, over what the teacher told and one tail outcome."""
    logp_MK, logq_MK = targets.teacher_logp_NK[rows_N], seen.logq_CK[rows_N]
    told_MK = logp_MK.isfinite()
    p_MK = logp_MK.exp()
    inside = torch.where(told_MK, p_MK * (logp_MK - logq_MK), 0.0).sum(-1)
    untold_MK = logq_MK.masked_fill(told_MK, float("-inf"))
    tail_q_M = torch.cat([seen.tail_C[rows_N, None], untold_MK], dim=-1).logsumexp(-1)
    tail_p_M = (1.0 - p_MK.sum(-1)).clamp_min(1e-6)
    return inside + tail_p_M * (tail_p_M.log() - tail_q_M)
