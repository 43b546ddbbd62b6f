"""Attention over packed examples: each sees its own tokens, and no neighbour's.

Examples lie one behind the other in one row. Attention is computed example by example, so it is
what each would have alone, and its cost is the sum of the squared lengths; a block-diagonal mask
over a row of T tokens computes T² scores and throws most of them away. Positions restart at each
example (the caller's position_ids). Not here: which examples share a row (ops/training/plan.py).
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from ops.errors import InputError

BY_EXAMPLE = "by_example"
ATTENTION_LAYERS = {"full_attention", "sliding_attention"}
# What some families add to the scores; none of it is computed here.
UNKNOWN = ("softcap", "s_aux", "position_bias")


def attend_by_example(model: Any) -> None:
    """Let the model take `lengths`, the tokens of each example in the row; else it is as before.

    Raises:
        InputError: a layer mixes tokens by something other than attention, and so across examples.
    """
    config = model.config
    if config._attn_implementation == BY_EXAMPLE:
        return
    layers = set(getattr(config, "layer_types", None) or ())
    if layers - ATTENTION_LAYERS or not model._supports_attention_backend:
        found = ", ".join(sorted(layers - ATTENTION_LAYERS)) or "attention of its own making"
        raise InputError(
            f"a student of type {config.model_type} cannot be trained on packed examples: it has "
            f"{found}; set student.base to a model of the Llama family (Llama, Qwen, Mistral)"
        )
    model.set_attn_implementation(BY_EXAMPLE)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Attention of one row, example by example, where `lengths` is given; else the library's own.

    Shapes: query [1, heads, T, D], key and value [1, key heads, T, D]; out [1, T, heads, D].
    """
    lengths = rest.pop("lengths", None)
    if lengths is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **rest
        )
        return plain
    added = [name for name in UNKNOWN if rest.get(name) is not None]
    if added:
        raise InputError(
            f"a student whose attention has {', '.join(added)} cannot be trained on packed "
            f"examples; set student.base to a model of the Llama family (Llama, Qwen, Mistral)"
        )
    window = rest.get("sliding_window")
    parts = [torch.split(whole, list(lengths), dim=2) for whole in (query, key, value)]
    attended = []
    for one, keys, values in zip(*parts, strict=True):
        attended.append(
            functional.scaled_dot_product_attention(
                one,
                keys,
                values,
                attn_mask=_band(one, window) if window and one.shape[2] > window else None,
                dropout_p=rest.get("dropout", 0.0),
                is_causal=not (window and one.shape[2] > window),
                scale=rest.get("scaling"),
                enable_gqa=query.shape[1] != key.shape[1],
            )
        )
    return torch.cat(attended, dim=2).transpose(1, 2).contiguous(), None


def _band(query: Tensor, window: int) -> Tensor:
    """[T, T]: each position sees itself and the window - 1 before it."""
    size = query.shape[2]
    return torch.ones(size, size, dtype=torch.bool, device=query.device).tril().triu(1 - window)


AttentionInterface.register(BY_EXAMPLE, attend)
AttentionMaskInterface.register(BY_EXAMPLE, sdpa_mask)
