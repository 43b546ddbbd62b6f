"""The student as training sees it: last hidden states of the supervised rows, and the head.

Only supervised positions reach the vocabulary projection, which the head pass computes
(ops/losses/head.py). Shape suffixes:  T tokens of a row · N supervised · V vocabulary · H width.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ops.losses.head import Aim, Pass, head_pass, outcomes
from ops.losses.product import Head
from ops.student.attention import attend_by_example
from ops.training.batch import Batch

STATES = "last_states"
"""Method of a model that is split over ranks, which gathers it around the pass (sharding.py)."""


def base_of(model: Any) -> Any:
    """The causal language model itself, inside of an adapter or not."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def hidden(model: Any, batch: Batch) -> Tensor:
    """[N, H]: the last hidden state that predicts each supervised token."""
    base = base_of(model)
    attend_by_example(base)
    states_1TH: Tensor = getattr(base, STATES, partial(last_states, base))(batch)
    return states_1TH[0, batch.rows_N]


def last_states(base: Any, batch: Batch) -> Tensor:
    """[1, T, H]: the last hidden state of each token of the row, as the model returns it.

    Not a view of it: FSDP2 hooks the backward pass to what it is given.
    """
    states_1TH: Tensor = base.model(
        input_ids=batch.ids_T[None],
        position_ids=batch.positions_T[None],
        attention_mask=torch.ones_like(batch.ids_T)[None],  # none is hidden: no mask is built
        lengths=batch.lengths,
        use_cache=False,
    ).last_hidden_state
    return states_1TH


def passed(model: Any, batch: Batch, aim: Aim, *, bf16: bool = False) -> Pass:
    """One forward pass: hidden states, then the aim's objective over the head."""
    states_NH = _states(model, batch, bf16)
    return head_pass(states_NH, _head(model, bf16), batch.targets, aim, batch.allowed)


@torch.no_grad()
def looked(model: Any, batch: Batch, aim: Aim, *, bf16: bool = False) -> Batch:
    """The batch with weights drawn from the student's own distribution, as the objective draws."""
    states_NH = _states(model, batch, bf16)
    seen = outcomes(states_NH, _head(model, bf16), batch.targets, batch.allowed)
    return replace(batch, targets=aim.objective.prepared(seen, batch.targets, aim.progress))


def _states(model: Any, batch: Batch, bf16: bool) -> Tensor:
    with torch.autocast(batch.ids_T.device.type, torch.bfloat16, enabled=bf16):
        return hidden(model, batch)


def _head(model: Any, bf16: bool) -> Head:
    head = base_of(model).lm_head
    return Head(head.weight, head.bias, product=torch.bfloat16 if bf16 else None)
