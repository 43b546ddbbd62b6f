"""Attention over packed examples: each sees its own tokens, and no neighbour's.

Examples lie one behind the other in one row. Attention is computed example by example, so it is
what each would have alone, and its cost is the sum of the squared lengths; a block-diagonal mask
over a row of T tokens computes T² scores and throws most of them away. Positions restart at each
example (the caller's position_ids). Behind the examples may lie branches, which go on from a place
inside one: they see its tokens up to there and their own, as if they stood there in its stead.
Not here: which examples share a row (ops/training/plan.py), what branches say (branches.py there).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from ops.errors import InputError
from ops.student.fork import Fork

BY_EXAMPLE = "by_example"
ATTENTION_LAYERS = {"full_attention", "sliding_attention"}
# What some families add to the scores; none of it is computed here.
UNKNOWN = ("softcap", "s_aux", "position_bias")


def attend_by_example(model: Any) -> None:
    """Let the model take `lengths`, the tokens of each example in the row, and `forks`, the
    branches behind them in the same order; without `lengths` it is as before.

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
    lengths, forks = rest.pop("lengths", None), rest.pop("forks", ())
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
    sizes = [*lengths, *(sum(fork.lengths) for fork in forks)]
    parts = zip(*(torch.split(whole, sizes, dim=2) for whole in (query, key, value)), strict=True)
    attended = []
    for number, (one, keys, values) in enumerate(parts):
        mask = _band(one, window) if window and one.shape[2] > window else None
        if number >= len(lengths):
            fork = forks[number - len(lengths)]
            trunk = slice(fork.start, fork.start + fork.cut)
            keys = torch.cat([key[:, :, trunk], keys], dim=2)
            values = torch.cat([value[:, :, trunk], values], dim=2)
            mask = _tree(fork, window, one.device)
        attended.append(
            functional.scaled_dot_product_attention(
                one,
                keys,
                values,
                attn_mask=mask,
                dropout_p=rest.get("dropout", 0.0),
                is_causal=mask is None,
                scale=rest.get("scaling"),
                enable_gqa=query.shape[1] != key.shape[1],
            )
        )
    return torch.cat(attended, dim=2).transpose(1, 2).contiguous(), None


def _band(query: Tensor, window: int) -> Tensor:
    """[T, T]: each position sees itself and the window - 1 before it."""
    size = query.shape[2]
    return torch.ones(size, size, dtype=torch.bool, device=query.device).tril().triu(1 - window)


def _tree(fork: Fork, window: int | None, device: torch.device) -> Tensor:
    """[B, cut + B]: a token of a branch sees the trunk and, of its own branch, what came first.

    With a window, by positions: those of each branch go on from `cut`.
    """
    own_B, at_B = (column.to(device) for column in _columns(fork.lengths))
    branch = torch.cat([own_B.new_full((fork.cut,), -1), own_B])
    behind = torch.cat([torch.arange(fork.cut, device=device), at_B + fork.cut])
    back = (at_B + fork.cut)[:, None] - behind
    seen = ((branch == -1) | (branch == own_B[:, None])) & (back >= 0)
    return seen & (back < window) if window else seen


def _columns(lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Of each token of the branches the number of its branch, and its place in it, from 0."""
    sizes = torch.tensor(lengths)
    branch = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    return branch, torch.arange(len(branch)) - (sizes.cumsum(0) - sizes)[branch]


AttentionInterface.register(BY_EXAMPLE, attend)
AttentionMaskInterface.register(BY_EXAMPLE, sdpa_mask)
