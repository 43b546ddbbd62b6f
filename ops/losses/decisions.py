"""The decisions that process supervision names, and the probability of valid JSON.

Each decision is the cross-entropy of its own tokens, and of no others. A tool's whole name is
learnt token by token, so that names with one beginning are told apart where they part.
"""

import torch
from torch import Tensor

from ops.losses.contract import Outcomes, Targets
from ops.losses.rows import is_kind, is_right
from ops.spans.contract import DECISIONS

CHECKED = ("action", *DECISIONS["tool_name"], *DECISIONS["json_arguments"])
"""Kinds of span whose tokens a grammar of tool calls has a say in."""


def decision_rows(targets: Targets, decision: str) -> Tensor:
    """[N] the tokens of a decision in outputs that are right."""
    return is_kind(targets, DECISIONS[decision]) & is_right(targets)


def checked_rows(targets: Targets) -> Tensor:
    """[N] the tokens of calls for which it is known what a grammar allows.

    Those of broken outputs are among them: what is allowed is not what was written there.
    """
    if targets.masked_N is None:
        return torch.zeros_like(targets.broken_N)
    return is_kind(targets, CHECKED) & targets.masked_N


def grammar_mass(seen: Outcomes) -> Tensor:
    """-log of the probability of all tokens that keep the call valid, [C].

    Zero if and only if all of it is on them; which of them is likely makes no difference.
    Source: Xu et al., A Semantic Loss Function, arXiv:1711.11157, definition 1, of one token.
    """
    if seen.allowed_C is None:
        return seen.tail_C * 0.0
    return -seen.allowed_C
