"""From hidden states to the sums of an objective: full logits and plain autograd.

Not here: what the components are (the objectives), what divides them (the training loop).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ops.losses.contract import Objective, Outcomes, Sums, Targets


@dataclass(frozen=True, slots=True)
class Pass:
    """What to descend, each component's sum, and the L2 norm of its gradient at the hidden rows."""

    total: Tensor
    sums: Sums
    norms: dict[str, Tensor]


def head_pass(  # noqa: PLR0913
    hidden_NH: Tensor,
    weight_VH: Tensor,
    bias_V: Tensor | None,
    targets: Targets,
    objective: Objective,
    scale: Mapping[str, float],
    progress: float,
    *,
    allowed: Tensor | None = None,
    chunk: int = 256,
    product: Callable[..., Any] | None = None,
    component_norms: bool = True,
) -> Pass:
    """Σ_c scale_c · sums_c over the rows, differentiable in hidden states and weights."""
    del allowed, chunk, product
    logits_NV = torch.nn.functional.linear(hidden_NH.float(), weight_VH.float(), bias_V)
    seen = outcomes(logits_NV, targets)
    if objective.looks_first:
        targets = objective.prepared(seen, targets, progress)
    sums = objective.sums(seen, targets, progress)
    parts = {name: scale.get(name, 0.0) * value for name, value in sums.items()}
    norms = {}
    if component_norms and hidden_NH.requires_grad:
        for name, value in parts.items():
            (gradient,) = torch.autograd.grad(
                value, hidden_NH, retain_graph=True, materialize_grads=True
            )
            norms[name] = gradient.norm().detach()
    total = sum(parts.values(), logits_NV.sum() * 0)
    return Pass(total, {name: value.detach() for name, value in sums.items()}, norms)


def outcomes(logits_NV: Tensor, targets: Targets) -> Outcomes:
    """The listed outcomes and the tail of full logits."""
    known_NK = targets.ids_NK >= 0
    ids_NK = torch.where(known_NK, targets.ids_NK, targets.ids_NK[:, :1])
    logq_NV = logits_NV.log_softmax(-1)
    logq_NK = logq_NV.gather(-1, ids_NK).masked_fill(~known_NK, float("-inf"))
    return Outcomes(logq_NK, logq_NV.scatter(-1, ids_NK, float("-inf")).logsumexp(-1))
