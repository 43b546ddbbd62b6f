"""The divergence that a config names, at a temperature.

A gradient through a softmax at temperature T is 1/T of that at 1, and of a smooth divergence the
distance itself shrinks by another 1/T: so it is multiplied by T², once, and a change of temperature
is no change of the learning rate (Hinton, Vinyals & Dean, arXiv:1503.02531, section 2). Only
ranked_w1 is multiplied by T alone: it is an absolute value, whose slope does not shrink with the
distance. The smoothed transport lies between the two: far from the teacher its gradient grows.

Shape suffixes:  C rows · O outcomes · K listed tokens · V vocabulary · H width.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ops.losses import divergence, wasserstein
from ops.losses.config import DivergenceConfig
from ops.losses.outcomes import temper

HOTTEST = 10.0
"""The second temperature of the adaptive divergence is never above it."""
_Measure = Callable[[DivergenceConfig, Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a divergence depends on beside the two distributions.

    agreement: share of supervised rows where the student prefers the teacher's token, of the step
        before: it is one number for all rows, however they are cut into chunks.
    cost_COO: of moving mass between outcomes; None = 1 between any two.
    """

    temperature: float = 1.0
    agreement: float = 0.0
    cost_COO: Tensor | None = None


def priced(config: DivergenceConfig, table_VH: Tensor | None) -> Tensor | None:
    """The student's embeddings, if the divergence has costs that are made of them.

    Whoever holds the table keeps its memory whole, where ranks would split it.
    """
    return table_VH if config.name == "wasserstein" else None


def costs(table_VH: Tensor | None, ids_CK: Tensor) -> Tensor | None:
    """[C, O, O] from the embeddings that `priced` left; None without any."""
    return None if table_VH is None else wasserstein.embedding_cost(table_VH, ids_CK)


def diverge(config: DivergenceConfig, logp_CO: Tensor, logq_CO: Tensor, at: Conditions) -> Tensor:
    """[C], with the factor of the temperature; log-probabilities as they are at temperature 1."""
    if config.name != "adaptive":
        return _tempered(config, logp_CO, logq_CO, at)
    hotter = min(max(at.temperature * (2.0 - at.agreement), 1.0), HOTTEST)
    first_C = _tempered(config, logp_CO, logq_CO, at)
    second_C = _tempered(config, logp_CO, logq_CO, Conditions(hotter))
    return (1.0 - config.second) * first_C + config.second * second_C


def _tempered(config: DivergenceConfig, logp_CO: Tensor, logq_CO: Tensor, at: Conditions) -> Tensor:
    warm_p_CO, warm_q_CO = temper(logp_CO, at.temperature), temper(logq_CO, at.temperature)
    value_C = _MEASURES[config.name](config, warm_p_CO, warm_q_CO, at.cost_COO)
    return at.temperature ** (1 if config.name == "ranked_w1" else 2) * value_C


def _symmetric(config: DivergenceConfig, p: Tensor, q: Tensor, _: Tensor | None) -> Tensor:
    if config.kind == "js":
        return divergence.jensen_shannon(p, q, 0.5)
    return divergence.jeffreys(p, q)


def _wasserstein(config: DivergenceConfig, p: Tensor, q: Tensor, cost: Tensor | None) -> Tensor:
    cost = wasserstein.unequal_cost(p) if cost is None else cost
    return wasserstein.sinkhorn_divergence(p, q, cost, config.epsilon, config.iterations)


_MEASURES: dict[str, _Measure] = {
    "forward_kl": lambda config, p, q, cost: divergence.forward_kl(p, q),
    "reverse_kl": lambda config, p, q, cost: divergence.reverse_kl(p, q),
    "skewed_kl": lambda config, p, q, cost: divergence.skewed_kl(p, q, config.skew),
    "jensen_shannon": lambda config, p, q, cost: divergence.jensen_shannon(p, q, config.beta),
    "symmetric": _symmetric,
    "focal": lambda config, p, q, cost: divergence.focal_kl(p, q, config.focus),
    "adaptive": lambda config, p, q, cost: divergence.forward_kl(p, q),
    "alpha": lambda config, p, q, cost: divergence.alpha_divergence(p, q, config.alpha),
    "wasserstein": _wasserstein,
    "ranked_w1": lambda config, p, q, cost: wasserstein.ranked_w1(p, q),
}
