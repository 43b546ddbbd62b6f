"""The student as training sees it: last hidden states of the supervised rows, and the head.

Only supervised positions reach the vocabulary projection, which the head pass computes
(ops/losses/head.py). Shape suffixes:  T tokens of a row · N supervised · V vocabulary · H width.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ops.losses.contract import Objective
from ops.losses.head import Pass, head_pass
from ops.student.attention import attend_by_example
from ops.training.batch import Batch


def base_of(model: Any) -> Any:
    """The causal language model itself, inside of an adapter or not."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def hidden(model: Any, batch: Batch) -> Tensor:
    """[N, H]: the last hidden state that predicts each supervised token."""
    base = base_of(model)
    attend_by_example(base)
    states_1TH: Tensor = base.model(
        input_ids=batch.ids_T[None],
        position_ids=batch.positions_T[None],
        attention_mask=torch.ones_like(batch.ids_T)[None],  # none is hidden: no mask is built
        lengths=batch.lengths,
        use_cache=False,
    ).last_hidden_state
    return states_1TH[0, batch.rows_N]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a forward pass is for: the objective, what its sums are scaled by, and how far it is."""

    objective: Objective
    scale: Mapping[str, float]
    progress: float
    bf16: bool = False
    norms: bool = False


def passed(model: Any, batch: Batch, asked: Asked) -> Pass:
    """One forward pass: hidden states, then the objective over the head."""
    with torch.autocast(batch.ids_T.device.type, torch.bfloat16, enabled=asked.bf16):
        states_NH = hidden(model, batch)
    head = base_of(model).lm_head
    return head_pass(
        states_NH,
        head.weight,
        head.bias,
        batch.targets,
        asked.objective,
        asked.scale,
        asked.progress,
        component_norms=asked.norms,
    )
