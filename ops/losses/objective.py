"""What a training step minimises: weights on one pass over the supervised tokens.

    kd       (1 - a) · CE(teacher's text) + a · KL(teacher ‖ student)   where the teacher's
             distribution is known, CE alone elsewhere; mean over supervised tokens
    process  kd_weight · kd + process_weight · Σ_k w_k · mean CE over the tokens of decision k,
             w renormalised over the decisions that are in the batch

Shape suffixes:  N supervised tokens · V vocabulary · K reported outcomes.  Unit: nats per token.
Not here: where the tokens are (ops/spans), batches (ops/training).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ops.spans.contract import DECISIONS, KINDS

TAIL_FLOOR = 1e-6


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


def topk_forward_kl(
    student_logits_NV: Tensor, teacher_ids_NK: Tensor, teacher_logp_NK: Tensor
) -> Tensor:
    """KL(teacher ‖ student) over the teacher's K outcomes and one tail outcome, [N].

    An id of -1 is no outcome; the first of each row must be one. Merging outcomes never raises a
    divergence (log-sum inequality: Cover & Thomas, Elements of Information Theory, 2nd ed., thm
    2.7.1), so this is a lower bound on the full KL, and equal to it when K = V.
    """
    known_NK = teacher_ids_NK >= 0
    # A missing outcome points at the row's first one and has no mass: it changes nothing.
    ids_NK = torch.where(known_NK, teacher_ids_NK, teacher_ids_NK[:, :1])
    teacher_p_NK = teacher_logp_NK.exp() * known_NK
    student_logp_NK = student_logits_NV.log_softmax(-1).gather(-1, ids_NK)
    on_support_N = (teacher_p_NK * (teacher_logp_NK - student_logp_NK)).sum(-1)
    tail_N = (1.0 - teacher_p_NK.sum(-1)).clamp_min(TAIL_FLOOR)
    return on_support_N + tail_N * (tail_N.log() - log_tail(student_logits_NV, ids_NK))


def log_tail(logits_NV: Tensor, ids_NK: Tensor) -> Tensor:
    """Log of the probability of every token that is not in `ids_NK`, [N].

    Summed over the other tokens, not as 1 - sum, which cancels when the tail is small.
    """
    others_NV = logits_NV.scatter(-1, ids_NK, float("-inf"))
    floor = torch.full_like(logits_NV[:, 0], torch.finfo(logits_NV.dtype).tiny).log()
    return torch.maximum(others_NV.logsumexp(-1) - logits_NV.logsumexp(-1), floor)
