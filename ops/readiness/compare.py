"""The components that compare sequences, looked at as probe.py looks at those of single tokens.

Tool selection among whole names, and the margin to wrong answers: finite, with a gradient, and from
the rows of their own sequences alone.
"""

from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops.losses.config import SupervisionConfig
from ops.losses.contract import Objective
from ops.losses.contrast import Contrast
from ops.losses.head import Aim
from ops.losses.label import label_logp
from ops.losses.product import Head
from ops.readiness.check import Check
from ops.training.batch import Batch, Examples, collate
from ops.training.contrast import Contrasted, contrasted
from ops.training.hidden import base_of, last_states, passed

MOST_EXAMPLES = 4
"""Each brings a branch a name that is offered, and one a wrong answer."""


def compared(model: Any, objective: Objective, made: Contrasted, rows: Examples) -> list[Check]:
    """A check of each component that `made` compares sequences for."""
    names = made(rows[:1]).counts()
    return [_component(model, objective, made, name, rows) for name in names]


def comparing(
    tokenizer: Any, config: SupervisionConfig, negatives: Path | None
) -> Contrasted | None:
    """What lays the sequences beside examples; None where nothing that compares has a weight."""
    made = contrasted(collate, tokenizer, config, negatives)
    return made if isinstance(made, Contrasted) else None


def _component(
    model: Any, objective: Objective, made: Contrasted, name: str, rows: Examples
) -> Check:
    called = f"gradient of {name}"
    having = list(islice((row for row in rows if made([row]).counts()[name] > 0), MOST_EXAMPLES))
    if not having:
        return Check(called, True, "absent: no example has it; its weight goes to the others")
    batch = made(having).to(next(model.parameters()).device)
    model.zero_grad(set_to_none=True)
    aim = Aim(objective, {name: 1 / batch.counts()[name]}, norms=False)
    value = passed(model, batch, aim).total
    torch.autograd.backward(value)
    slopes = [p.grad.norm() for p in model.parameters() if p.grad is not None]
    norm = float(torch.stack(slopes).norm())
    reached, stray = _reached(model, batch, name)
    passes = bool(torch.isfinite(value)) and 0.0 < norm < float("inf") and not stray
    found = f"loss {value.item():.4f}, gradient norm {norm:.2e}, at {reached} of its rows"
    told = f" and at {stray} of others: a fault of the objective" if stray else ""
    return Check(called, passes, found + told)


def _reached(model: Any, batch: Batch, name: str) -> tuple[int, int]:
    """How many rows of the component's sequences, and others, its gradient comes from."""
    assert batch.contrast is not None
    contrast, head = batch.contrast, base_of(model).lm_head
    with torch.no_grad():
        states_TH = last_states(base_of(model), batch)[0]
    states_TH.requires_grad_()
    fixed = Head(head.weight.detach(), head.bias)
    sums = contrast.sums(label_logp(states_TH[contrast.rows_S], fixed, contrast.ids_S))
    (slope_TH,) = torch.autograd.grad(sums[name], states_TH)
    has_T = (slope_TH != 0).any(-1)
    own_T = torch.zeros_like(has_T)
    own_T[contrast.rows_S[torch.isin(contrast.sequence_S, _sequences(contrast, name))]] = True
    return int((has_T & own_T).sum()), int((has_T & ~own_T).sum())


def _sequences(contrast: Contrast, name: str) -> Tensor:
    """The numbers of the sequences that a component compares."""
    if name == "selection":
        assert contrast.names is not None
        return torch.arange(len(contrast.names.decision_M), device=contrast.rows_S.device)
    assert contrast.pairs is not None
    return torch.cat([contrast.pairs.right_P, contrast.pairs.wrong_P])
