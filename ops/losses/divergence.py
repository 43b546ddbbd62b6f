"""How far the student's next-token distribution is from the teacher's.

Every function here takes log-probabilities over the same K + 1 outcomes (outcomes.py), is 0 with
a zero gradient where they are equal, and never negative. Merging outcomes never raises an
f-divergence (log-sum inequality: Cover & Thomas, Elements of Information Theory, 2nd ed., thm
2.7.1; Csiszár 1967), so each of these is a lower bound of the same divergence between tokens.

Shape suffixes:  C rows · O outcomes.  p is the teacher, q the student.  Unit: nats per row.
Not here: optimal transport (wasserstein.py), tempering and the choice by name (diverge.py).
"""

import math

import torch
from torch import Tensor

from ops.losses.outcomes import preferred

_MOST = 80.0
"""Largest exponent: e^80 is a number in single precision."""


def forward_kl(logp_CO: Tensor, logq_CO: Tensor) -> Tensor:
    """KL(p ‖ q), [C]: the student covers all that the teacher finds likely.

    Source: Hinton, Vinyals & Dean, arXiv:1503.02531, section 2.
    """
    return (logp_CO.exp() * (logp_CO - logq_CO)).sum(-1)


def reverse_kl(logp_CO: Tensor, logq_CO: Tensor) -> Tensor:
    """KL(q ‖ p), [C]: the student keeps to what the teacher finds likely.

    Source: Gu et al., MiniLLM, arXiv:2306.08543, section 2.1, token by token.
    """
    return forward_kl(logq_CO, logp_CO)


def skewed_kl(logp_CO: Tensor, logq_CO: Tensor, skew: float) -> Tensor:
    """KL(p ‖ skew · p + (1 - skew) · q), [C]; bounded by -log skew.

    Source: Ko et al., DistiLLM, arXiv:2402.03898, section 3.1.
    """
    return forward_kl(logp_CO, _mixed(logp_CO, logq_CO, skew))


def jensen_shannon(logp_CO: Tensor, logq_CO: Tensor, beta: float) -> Tensor:
    """β KL(p ‖ m) + (1 - β) KL(q ‖ m) with m = β p + (1 - β) q, [C].

    Source: Agarwal et al., GKD, arXiv:2306.13649, section 2.
    """
    mixed_CO = _mixed(logp_CO, logq_CO, beta)
    to_teacher_C = forward_kl(logp_CO, mixed_CO)
    return beta * to_teacher_C + (1.0 - beta) * forward_kl(logq_CO, mixed_CO)


def jeffreys(logp_CO: Tensor, logq_CO: Tensor) -> Tensor:
    """KL(p ‖ q) + KL(q ‖ p), [C].

    Source: Jeffreys, Proc. R. Soc. A 186 (1946) 453, invariant J.
    """
    return ((logp_CO.exp() - logq_CO.exp()) * (logp_CO - logq_CO)).sum(-1)


def focal_kl(logp_CO: Tensor, logq_CO: Tensor, focus: float) -> Tensor:
    """(1 - q[teacher's preferred token])^focus · KL(p ‖ q), [C].

    The modulator says how much a row counts and has no gradient: with one, confidence itself would
    be rewarded. Source: Lin et al., arXiv:1708.02002, equation 4, for a divergence.
    """
    sure_C = logq_CO.gather(-1, preferred(logp_CO))[:, 0].exp().detach()
    return (1.0 - sure_C).clamp_min(0.0) ** focus * forward_kl(logp_CO, logq_CO)


def alpha_divergence(logp_CO: Tensor, logq_CO: Tensor, alpha: float) -> Tensor:
    """(Σ p^α q^(1-α) - 1) / (α(α - 1)), [C]; KL(p ‖ q) at α = 1, KL(q ‖ p) at α = 0.

    Written as Σ p (expm1(u) - expm1((1-α)u)/(1-α)) / α with u = log q/p, whose terms are none of
    them negative, and of which nothing cancels at α = 1. Below a half the two sides change places,
    which is the same divergence of 1 - α.
    Source: Amari, Information Geometry and Its Applications (2016), chapter 4; Cichocki &
    Amari, Entropy 12 (2010) 1532, section 2.1.
    """
    if alpha < 0.5:
        return alpha_divergence(logq_CO, logp_CO, 1.0 - alpha)
    log_ratio_CO = logq_CO - logp_CO
    rest = 1.0 - alpha
    bent_CO = torch.expm1((rest * log_ratio_CO).clamp_max(_MOST)) / rest if rest else log_ratio_CO
    p_CO = logp_CO.exp()
    return ((logq_CO.exp() - p_CO) - p_CO * bent_CO).sum(-1) / alpha


def _mixed(logp_CO: Tensor, logq_CO: Tensor, share: float) -> Tensor:
    """log(share · p + (1 - share) · q), [C, O]."""
    return torch.logaddexp(logp_CO + math.log(share), logq_CO + math.log1p(-share))
