"""The student as training sees it: last hidden states of the supervised rows, and the head.

Only supervised positions reach the vocabulary projection, which the head pass computes
(ops/losses/head.py), and once more those of the sequences that a batch compares (label.py there),
and those of a teacher that is here (dense.py there).
Shape suffixes:  T tokens of a row, branches included · N supervised · V vocabulary · H width.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ops.losses.contrast import Contrast
from ops.losses.dense import COMPONENT, Dense, dense_pass, row_weights
from ops.losses.head import Aim, Pass, head_pass, outcomes
from ops.losses.label import label_logp, label_norm
from ops.losses.product import Head
from ops.student.attention import attend_by_example
from ops.training.batch import Batch, Teacher

STATES = "last_states"
"""Method of a model that is split over ranks, which gathers it around the pass (sharding.py)."""


def base_of(model: Any) -> Any:
    """The causal language model itself, inside of an adapter or not."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def hidden(model: Any, batch: Batch) -> Tensor:
    """[N, H]: the last hidden state that predicts each supervised token."""
    return _row(model, batch)[batch.rows_N]


def _row(model: Any, batch: Batch) -> Tensor:
    """[T, H]: the last hidden states of the whole row, branches included."""
    base = base_of(model)
    attend_by_example(base)
    states_1TH: Tensor = getattr(base, STATES, partial(last_states, base))(batch)
    return states_1TH[0]


def last_states(base: Any, batch: Batch) -> Tensor:
    """[1, T, H]: the last hidden state of each token of the row, as the model returns it.

    Not a view of it: FSDP2 hooks the backward pass to what it is given.
    """
    states_1TH: Tensor = base.model(
        input_ids=batch.ids_T[None],
        position_ids=batch.positions_T[None],
        attention_mask=torch.ones_like(batch.ids_T)[None],  # none is hidden: no mask is built
        lengths=batch.lengths,
        forks=batch.forks,
        use_cache=False,
    ).last_hidden_state
    return states_1TH


def passed(model: Any, batch: Batch, aim: Aim, *, bf16: bool = False) -> Pass:
    """One forward pass: hidden states, then the aim's objective over the head.

    A teacher reads the row first: of its pass only the supervised states are left when the student
    begins to keep what its own way back needs.
    """
    theirs = None if batch.teacher is None else _taught(batch.teacher, batch)
    states_TH, head = _states(model, batch, bf16), _head(model, bf16)
    states_NH = states_TH[batch.rows_N]
    found = head_pass(states_NH, head, batch.targets, aim, batch.allowed)
    if theirs is not None:
        dense = dense_pass(states_NH, head, theirs, aim.scale.get(COMPONENT, 0.0))
        found = _joined(found, dense, aim)
    if batch.contrast is None:
        return found
    return _contrasted(found, batch.contrast, aim, (states_TH, head))


@torch.no_grad()
def _taught(teacher: Teacher, batch: Batch) -> Dense:
    """The teacher's states of the supervised rows, in the precision of its own weights."""
    states_NG = last_states(teacher.model, batch)[0, batch.rows_N]
    return Dense(states_NG, teacher.head, row_weights(batch.targets), teacher.temperature)


def _joined(found: Pass, dense: Pass, aim: Aim) -> Pass:
    """Both passes as one; a norm is told where the head's pass tells them."""
    norms = dense.norms if aim.norms and COMPONENT in aim.scale else {}
    return Pass(found.total + dense.total, found.sums | dense.sums, found.norms | norms)


def _contrasted(found: Pass, contrast: Contrast, aim: Aim, of: tuple[Tensor, Head]) -> Pass:
    """The pass with the components that compare sequences, each scaled as the aim says."""
    states_TH, head = of
    logp_S = label_logp(states_TH[contrast.rows_S], head, contrast.ids_S)
    sums = contrast.sums(logp_S)
    scaled = {name: aim.scale.get(name, 0.0) * value for name, value in sums.items()}
    norms = {}
    if aim.norms and logp_S.requires_grad:
        for name in (one for one in scaled if one in aim.scale):
            (slope_S,) = torch.autograd.grad(scaled[name], logp_S, retain_graph=True)
            norms[name] = label_norm(slope_S, contrast.ids_S, contrast.rows_S, states_TH, head)
    told = {name: value.detach() for name, value in sums.items()}
    total = sum(scaled.values(), found.total)
    return Pass(total, found.sums | told, found.norms | norms)


@torch.no_grad()
def looked(model: Any, batch: Batch, aim: Aim, *, bf16: bool = False) -> Batch:
    """The batch with weights drawn from the student's own distribution, as the objective draws."""
    states_NH = _states(model, batch, bf16)[batch.rows_N]
    seen = outcomes(states_NH, _head(model, bf16), batch.targets, batch.allowed)
    return replace(batch, targets=aim.objective.prepared(seen, batch.targets, aim.progress))


def _states(model: Any, batch: Batch, bf16: bool) -> Tensor:
    with torch.autocast(batch.ids_T.device.type, torch.bfloat16, enabled=bf16):
        return _row(model, batch)


def _head(model: Any, bf16: bool) -> Head:
    head = base_of(model).lm_head
    return Head(head.weight, head.bias, product=torch.bfloat16 if bf16 else None)
