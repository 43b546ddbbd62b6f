"""How far the student's next-token distribution is from the teacher's.

The teacher is reached over HTTP and reports only its likeliest tokens, so every divergence here
compares K + 1 outcomes: the K reported tokens that the student has too, and "any other token".

Shape suffixes:  N supervised tokens · V vocabulary · K reported outcomes.  Unit: nats per token.
"""

import torch
from torch import Tensor

TAIL_FLOOR = 1e-6


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
