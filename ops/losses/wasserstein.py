"""What it costs to turn the student's outcomes into the teacher's, by optimal transport.

Unlike a divergence of ratios it knows that some outcomes are closer than others.

Shape suffixes:  C rows · O = K + 1 outcomes, the last of them the tail · V vocabulary · H width.
Costs have no unit. Not here: which of the two is used (config.py), tempering (diverge.py).
"""

import torch
from torch import Tensor
from torch.nn import functional

MOST_COST = 2.0
"""Of two embeddings that are opposite; costs of another scale only take more iterations."""


def sinkhorn_divergence(
    logp_CO: Tensor, logq_CO: Tensor, cost_COO: Tensor, epsilon: float, iterations: int
) -> Tensor:
    """OT_ε(p, q) - OT_ε(p, p)/2 - OT_ε(q, q)/2, [C]; symmetric costs with a zero diagonal.

    Without the last two terms the entropic cost is not 0 at p = q and pulls q inwards. The
    potentials are found by averaged iterations of logarithms without a gradient; the gradient
    towards q is their difference, by the envelope theorem. Where p equals q all four are equal
    number by number, so both are exactly 0.
    Source: Feydy et al., arXiv:1810.08278, equation 3. After 50 iterations at
    ε = 0.1 the value is within 0.015 of its limit (60 draws of six outcomes, costs up to 2).
    """
    with torch.no_grad():
        to_q_CO, to_p_CO = _potentials(logp_CO, logq_CO, cost_COO, epsilon, iterations)
        own_p_CO, _ = _potentials(logp_CO, logp_CO, cost_COO, epsilon, iterations)
        own_q_CO, _ = _potentials(logq_CO, logq_CO, cost_COO, epsilon, iterations)
    left_C = (logp_CO.exp() * (to_q_CO - own_p_CO)).sum(-1)
    return left_C + (logq_CO.exp() * (to_p_CO - own_q_CO)).sum(-1)


def _potentials(
    loga_CO: Tensor, logb_CO: Tensor, cost_COO: Tensor, epsilon: float, iterations: int
) -> tuple[Tensor, Tensor]:
    """The dual variables of a and of b, each [C, O]."""
    of_a_CO, of_b_CO = torch.zeros_like(loga_CO), torch.zeros_like(logb_CO)
    for width in _widths(epsilon, iterations):
        next_a_CO = _least(logb_CO, of_b_CO, cost_COO, width)
        next_b_CO = _least(loga_CO, of_a_CO, cost_COO, width)
        of_a_CO, of_b_CO = (of_a_CO + next_a_CO) / 2, (of_b_CO + next_b_CO) / 2
    return of_a_CO, of_b_CO


def _widths(epsilon: float, iterations: int) -> list[float]:
    """Smoothing of each iteration: from that of all costs down to epsilon in the first half.

    With little smoothing from the start the potentials would need thousands of iterations.
    """
    falling = iterations // 2
    shrink = (epsilon / MOST_COST) ** (1.0 / falling) if falling else 1.0
    return [max(MOST_COST * shrink**at, epsilon) for at in range(falling)] + [epsilon] * (
        iterations - falling
    )


def _least(log_mass_CO: Tensor, dual_CO: Tensor, cost_COO: Tensor, epsilon: float) -> Tensor:
    """The soft minimum of cost less dual over the other side's outcomes, [C, O]."""
    inner_COO = (log_mass_CO + dual_CO / epsilon)[:, None, :] - cost_COO / epsilon
    return -epsilon * inner_COO.logsumexp(-1)


def ranked_w1(logp_CO: Tensor, logq_CO: Tensor) -> Tensor:
    """W1 with the outcomes on a line, one apart, the teacher's likeliest first, [C].

    In one dimension the cost is the area between the distribution functions: linear time and no
    iterations. Moving mass to the next rank costs 1.
    Source: Peyré & Cuturi, Computational Optimal Transport (2019), remark 2.30.
    """
    order_CO = logp_CO.argsort(stable=True, dim=-1, descending=True)
    ahead_CO = (logp_CO.exp() - logq_CO.exp()).gather(-1, order_CO).cumsum(-1)
    return ahead_CO.abs().sum(-1)


def unequal_cost(logp_CO: Tensor) -> Tensor:
    """1 between any two outcomes, [C, O, O]: transport is then the total variation distance."""
    outcomes = logp_CO.shape[-1]
    eye_OO = torch.eye(outcomes, dtype=logp_CO.dtype, device=logp_CO.device)
    return (1.0 - eye_OO).expand(len(logp_CO), -1, -1)


def embedding_cost(table_VH: Tensor, ids_CK: Tensor) -> Tensor:
    """1 - cosine of the tokens' embeddings, [C, O, O]; the tail lies at the mean of the table.

    Without a gradient: the student would otherwise make all tokens alike. An id of -1 is any place,
    for an outcome that has no mass.
    """
    table_VH = table_VH.detach()
    tail_1H = table_VH.mean(0, keepdim=True)
    listed_CKH = table_VH[ids_CK.clamp_min(0)]
    tail_C1H = tail_1H.expand(len(ids_CK), 1, -1)
    unit_COH = functional.normalize(torch.cat([listed_CKH, tail_C1H], 1), dim=-1)
    cost_COO = (1.0 - unit_COH @ unit_COH.mT).clamp_min(0.0)
    return cost_COO - torch.diag_embed(cost_COO.diagonal(dim1=-2, dim2=-1))
