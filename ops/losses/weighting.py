"""What each supervised token counts for beside the others, by what it is part of.

The weights are relative: an objective divides by their sum over the whole window, so that their
mean over its tokens is one. None of them has a gradient.

    constant         the weights of the groups
    uniform          1
    reasoning_heavy  reasoning twice, action_heavy  action twice
    adaptive         × (1 + d/2), d = the group's divergence in the step before, of the largest
    curriculum       reasoning × (0.5 + 1.5 t), action × (2 - t), t = progress of the run
    confidence       × 1 / (1 + H(q)): the student's entropy, token by token
    difficulty       × (2 - q[teacher's preferred token]), or of the text where none is told

Reasoning is learnt only where the reasoning policy left some (ops/reasoning); elsewhere no token
has its weight, and the others' mean is one without it.

Shape suffixes:  N supervised tokens · C rows · G groups · O outcomes.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from ops.losses import outcomes
from ops.losses.config import AgentConfig
from ops.losses.contract import Outcomes, Targets
from ops.losses.schedule import ramp
from ops.spans.contract import DECISIONS, KINDS

GROUPS = ("reasoning", "action", "observation", "other")
_ACTIONS = ("action", *DECISIONS["tool_name"], *DECISIONS["json_arguments"])
LOOKING = ("confidence", "difficulty")
"""Weightings that are drawn from the student's own distribution."""


def group_of(kind: str) -> str:
    """The group of a kind of span.

    >>> group_of("tool_name"), group_of("reasoning"), group_of("integration"), group_of("prompt")
    ('action', 'reasoning', 'other', 'observation')
    """
    if kind in _ACTIONS:
        return "action"
    if kind in ("prompt", "observation"):
        return "observation"
    return kind if kind == "reasoning" else "other"


def groups(kinds_N: Tensor) -> Tensor:
    """Index into GROUPS of each token, [N]."""
    return kinds_N.new_tensor([GROUPS.index(group_of(kind)) for kind in KINDS])[kinds_N]


def group_weights(
    config: AgentConfig, progress: float, divergences: Mapping[str, float]
) -> dict[str, float]:
    """The weight of each group; `divergences` are those of the groups in the step before."""
    if config.weighting == "uniform":
        return dict.fromkeys(GROUPS, 1.0)
    factors = dict.fromkeys(GROUPS, 1.0)
    if config.weighting == "reasoning_heavy":
        factors["reasoning"] = 2.0
    elif config.weighting == "action_heavy":
        factors["action"] = 2.0
    elif config.weighting == "curriculum":
        factors |= {"reasoning": ramp(0.5, 2.0, progress), "action": ramp(2.0, 1.0, progress)}
    elif config.weighting == "adaptive":
        most = max(divergences.values(), default=0.0)
        factors |= {
            group: 1.0 + 0.5 * apart / most for group, apart in divergences.items() if most > 0
        }
    base: dict[str, float] = config.groups.model_dump()
    return {group: base[group] * factors[group] for group in GROUPS}


def span_weights(
    config: AgentConfig, targets: Targets, progress: float, divergences: Mapping[str, float]
) -> Tensor:
    """[N] the weights of the groups, times those that the targets have already."""
    by_group = group_weights(config, progress, divergences)
    table_G = targets.weights_N.new_tensor([by_group[group] for group in GROUPS])
    return table_G[groups(targets.kinds_N)] * targets.weights_N


def looked_weights(config: AgentConfig, seen: Outcomes, targets: Targets) -> Tensor:
    """[N] factors that need a look at the student; 1 for a weighting that does not."""
    logp_CO, logq_CO = outcomes.teacher(targets), outcomes.student(seen, targets).detach()
    if config.weighting == "confidence":
        return 1.0 / (1.0 + outcomes.entropy(outcomes.own(seen).detach()))
    if config.weighting == "difficulty":
        taught_C = logq_CO.gather(-1, outcomes.preferred(logp_CO))[:, 0]
        right_C = torch.where(targets.taught_N, taught_C, seen.logq_CK[:, 0].detach())
        return 2.0 - right_C.exp()
    return torch.ones_like(targets.weights_N)
