"""Teacher and student as distributions over the same K + 1 outcomes of each row.

The teacher is reached over HTTP and reports only its likeliest tokens. An outcome is a token that
it told, or "any other token", the tail, which is the last column. A listed token that the teacher
did not tell is no outcome of its own: its column has no mass, and the student's probability of it
is part of the tail.

Shape suffixes:  C rows · K listed tokens · O = K + 1 outcomes.  Unit: nats.
Not here: distances between the two (divergence.py, wasserstein.py), the head (head.py).
"""

import math

import torch
from torch import Tensor

from ops.losses.contract import Outcomes, Targets

NOTHING = -1e4
"""Logarithm of no mass: finite, so that 0 · log 0 is 0; its exponential is 0, tempered too."""
TAIL_FLOOR = 1e-6
"""Least mass of the teacher's tail: what it told is rounded, and may add up to more than 1."""
_LEAST = math.log(torch.finfo(torch.float32).tiny)


def _told(targets: Targets) -> Tensor:
    return torch.logical_and(targets.teacher_logp_NK.isfinite(), targets.ids_NK >= 0)


def teacher(targets: Targets) -> Tensor:
    """Log-probabilities of the teacher, [C, O]; each row sums to one.

    A row that is not taught has all its mass in the tail, as `student` has then: no divergence.
    """
    told_CK = _told(targets)
    logp_CK = torch.where(told_CK, targets.teacher_logp_NK, NOTHING)
    tail_C1 = (1.0 - logp_CK.exp().sum(-1, keepdim=True)).clamp_min(TAIL_FLOOR)
    return torch.cat([logp_CK, tail_C1.log()], -1).log_softmax(-1)


def student(seen: Outcomes, targets: Targets) -> Tensor:
    """Log-probabilities of the student for the teacher's outcomes, [C, O]; differentiable."""
    told_CK = _told(targets)
    logq_CK = torch.where(targets.ids_NK >= 0, seen.logq_CK, NOTHING)
    others = [torch.where(told_CK, NOTHING, logq_CK), seen.tail_C[:, None].clamp_min(_LEAST)]
    tail_C1 = torch.cat(others, -1).logsumexp(-1, keepdim=True)
    return torch.cat([torch.where(told_CK, logq_CK, NOTHING), tail_C1], -1)


def own(seen: Outcomes) -> Tensor:
    """Log-probabilities of the student as it is seen, [C, O]: each listed token, and the tail.

    What the teacher told plays no part: for what is asked of the student alone.
    """
    listed_CK = torch.where(seen.logq_CK.isfinite(), seen.logq_CK, NOTHING)
    return torch.cat([listed_CK, seen.tail_C[:, None].clamp_min(_LEAST)], -1)


def temper(logp_CO: Tensor, temperature: float) -> Tensor:
    """p^(1/T) renormalised, as logarithms, [C, O].

    The tail is tempered as if it were one token. That is an approximation: Σ p^(1/T) over its
    tokens cannot be had from what a teacher tells. It is the same for both sides, so that equal
    distributions stay equal.
    """
    if temperature == 1.0:
        return logp_CO
    return (logp_CO / temperature).log_softmax(-1)


def entropy(logp_CO: Tensor) -> Tensor:
    """Entropy of the outcomes, [C]; never above that of the tokens, which are merged in the tail.

    Source: Cover & Thomas, Elements of Information Theory, 2nd ed., problem 2.4.
    """
    return -(logp_CO.exp() * logp_CO).sum(-1)


def entropy_ceiling(logp_CO: Tensor, others: int) -> Tensor:
    """The most that the entropy of the tokens can be if the tail holds `others` tokens, [C]."""
    return entropy(logp_CO) + logp_CO[:, -1].exp() * math.log(others)


def uncertainty(logp_CO: Tensor) -> Tensor:
    """Entropy as a share of the most that so many outcomes can have, [C] from 0 to 1."""
    return entropy(logp_CO) / math.log(logp_CO.shape[-1])


def preferred(logp_CO: Tensor) -> Tensor:
    """Column of the listed token that the teacher finds likeliest, [C, 1]."""
    return logp_CO[:, :-1].argmax(-1, keepdim=True)


def agreement(logp_CO: Tensor, logq_CO: Tensor) -> Tensor:
    """1 where no listed token is likelier to the student than the teacher's preferred one, [C].

    A token that is not listed may be: the mean is an upper bound of top-1 agreement.
    """
    chosen_C = logq_CO.gather(-1, preferred(logp_CO))[:, 0]
    return (chosen_C >= logq_CO[:, :-1].amax(-1)).to(logq_CO.dtype)


def cross_entropy(seen: Outcomes) -> Tensor:
    """-log q of the token of the text, [C]."""
    return -seen.logq_CK[:, 0]


def other_than_label(seen: Outcomes) -> Tensor:
    """log(1 - q) of the token of the text, [C]: summed over the others, which does not cancel."""
    return torch.cat([seen.logq_CK[:, 1:], seen.tail_C[:, None].clamp_min(_LEAST)], -1).logsumexp(
        -1
    )
