"""The student rewritten as the program that CoreML shall run, sharing the student's parameters.

A Llama-family decoder with its key/value cache as state. What differs from Transformers' own
`LlamaForCausalLM`, and why:

* RMSNorm divides by the largest magnitude first. Squares of a residual stream of 25,000, which
  SmolLM2 has, overflow fp16; the algebra is exact otherwise.
* Causality comes from shapes, and a state `written` hides slots that no token has filled, so the
  answer is right whether the caller sends a causal mask, or the all-zero one with a slot too many
  of swift-transformers (Sources/Models/LanguageModel.swift, eec09bd). The caller's mask is added.
* Query heads that share a key head are a batch axis: keys and values are never repeated.
* Sines and cosines are tables, sliced by position.

Not here: conversion (convert.py), and models other than Llama with unscaled rotary embeddings.

Shape suffixes:  T new tokens · E slots in use after them · Q mask rows, 1 or T · S slots of the
                 state · C hidden · D head width · N key heads · G query heads of one key head ·
                 V vocabulary
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ops.errors import ConversionError

HIDDEN = -1.0e4  # far below any score, and three of them still fit fp16
LARGEST = 65504.0  # of fp16
SMALLEST_PEAK = 1.0e-3  # eps / peak² stays below LARGEST for every eps below 0.06


class ExportLM(nn.Module):
    """Logits [1, T, V] of `inputIds` [1, T] under `causalMask` [1, 1, Q, E]; the state advances.

    The T tokens go to slots E - T to E - 1.

    Raises:
        ConversionError: the student is not a Llama decoder of the supported kind.
    """

    keyCache: Tensor
    valueCache: Tensor
    written: Tensor
    cos_SD: Tensor
    sin_SD: Tensor
    position_S: Tensor
    floor: Tensor
    root_eps: Tensor

    def __init__(self, student: Any, context: int) -> None:
        super().__init__()
        refuse_unsupported(student.config, context)
        self.embed_tokens = student.model.embed_tokens
        self.layers = student.model.layers
        self.norm = student.model.norm
        self.lm_head = student.lm_head
        self.heads = int(student.config.num_key_value_heads)
        self.group = int(student.config.num_attention_heads) // self.heads
        self.width = int(student.config.head_dim)
        cache = (int(student.config.num_hidden_layers), 1, self.heads, context, self.width)
        self.register_buffer("keyCache", torch.zeros(cache))
        self.register_buffer("valueCache", torch.zeros(cache))
        self.register_buffer("written", torch.zeros(1, 1, 1, context))
        cos_SD, sin_SD = rotary_tables(student, context)
        self.register_buffer("cos_SD", cos_SD)
        self.register_buffer("sin_SD", sin_SD)
        self.register_buffer("position_S", torch.arange(context, dtype=torch.int32))
        self.register_buffer("floor", torch.full((1,), HIDDEN))
        self.register_buffer("root_eps", torch.full((1,), student.config.rms_norm_eps**0.5))

    def forward(self, inputIds: Tensor, causalMask: Tensor) -> Tensor:
        end = causalMask.shape[-1]
        past = end - inputIds.shape[-1]
        # Four axes: tracing freezes the length of an update that has to be broadcast.
        filled_11T = torch.ones_like(inputIds, dtype=self.written.dtype).unsqueeze(0)
        self.written[:, :, :, past:end] = filled_11T.unsqueeze(0)
        bias_TE = self.bias(causalMask, past, end)
        rotary = (self.cos_SD[past:end], self.sin_SD[past:end])
        x_1TC = F.embedding(inputIds, self.embed_tokens.weight)
        for index, layer in enumerate(self.layers):
            normed = rms_norm(x_1TC, layer.input_layernorm.weight, self.root_eps)
            slots = (index, past, end)
            x_1TC = x_1TC + self.attend(layer.self_attn, normed, rotary, slots, bias_TE)
            normed = rms_norm(x_1TC, layer.post_attention_layernorm.weight, self.root_eps)
            x_1TC = x_1TC + feed_forward(layer.mlp, normed)
        x_1TC = rms_norm(x_1TC, self.norm.weight, self.root_eps)
        return F.linear(x_1TC, self.lm_head.weight)

    def bias(self, causalMask: Tensor, past: int, end: int) -> Tensor:
        """[1, 1, T, E]: 0 where a token may look, plus what the caller adds."""
        seen_TE = self.position_S[:end].unsqueeze(0) <= self.position_S[past:end].unsqueeze(1)
        filled_E = self.written[:, :, :, :end]
        own_TE = (seen_TE.to(filled_E.dtype) * filled_E - 1.0) * -HIDDEN
        # A caller may send -inf, which fp16 arithmetic turns into NaN sooner or later.
        return own_TE + torch.maximum(causalMask, self.floor)

    def attend(
        self,
        attention: Any,
        x_1TC: Tensor,
        rotary: tuple[Tensor, Tensor],
        slots: tuple[int, int, int],
        bias_TE: Tensor,
    ) -> Tensor:
        """[1, T, C]: grouped-query attention over the slots in use."""
        index, past, end = slots
        q_NGTD = attention.q_proj(x_1TC).view(-1, self.heads, self.group, self.width)
        q_NGTD = rotate(q_NGTD.permute(1, 2, 0, 3), rotary)
        k_NTD = attention.k_proj(x_1TC).view(-1, self.heads, self.width).permute(1, 0, 2)
        v_NTD = attention.v_proj(x_1TC).view(-1, self.heads, self.width).permute(1, 0, 2)
        self.keyCache[index, 0, :, past:end, :] = rotate(k_NTD, rotary)
        self.valueCache[index, 0, :, past:end, :] = v_NTD
        k_N1ED = self.keyCache[index, 0, :, :end, :].unsqueeze(1)
        v_N1ED = self.valueCache[index, 0, :, :end, :].unsqueeze(1)
        # The scale goes on the queries, so that no score before it can overflow.
        scores_NGTE = (q_NGTD * self.width**-0.5) @ k_N1ED.transpose(2, 3) + bias_TE
        mixed_NGTD = scores_NGTE.softmax(-1) @ v_N1ED
        joined = mixed_NGTD.permute(2, 0, 1, 3).reshape(1, -1, self.heads * self.group * self.width)
        projected: Tensor = attention.o_proj(joined)
        return projected

    def reset(self) -> None:
        """Forget every token."""
        for state in (self.keyCache, self.valueCache, self.written):
            state.zero_()


def refuse_unsupported(config: Any, context: int) -> None:
    """Raise ConversionError unless `config` is a Llama decoder that ExportLM computes exactly."""
    rope = dict(getattr(config, "rope_parameters", None) or {})
    found = {
        "model_type": (config.model_type, "llama"),
        "hidden_act": (getattr(config, "hidden_act", None), "silu"),
        "rope_parameters.rope_type": (rope.get("rope_type", "default"), "default"),
        "rope_parameters.partial_rotary_factor": (rope.get("partial_rotary_factor", 1.0), 1.0),
    }
    for name, (value, supported) in found.items():
        if value != supported:
            raise ConversionError(
                f"the student's config.json has {name} = {value!r}; the CoreML export supports "
                f"{supported!r} only (Llama-family decoders with unscaled rotary embeddings)"
            )
    if context > config.max_position_embeddings:
        raise ConversionError(
            f"coreml.context is {context} tokens, but the student was made for "
            f"{config.max_position_embeddings} (max_position_embeddings); lower coreml.context"
        )


def rotary_tables(student: Any, context: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines [S, D] of positions 0 to S - 1, by the student's own embedding."""
    position_1S = torch.arange(context).unsqueeze(0)
    with torch.no_grad():
        cos, sin = student.model.rotary_emb(torch.zeros(1), position_1S)
    return cos[0].clone(), sin[0].clone()


def rms_norm(x_1TC: Tensor, weight_C: Tensor, root_eps: Tensor) -> Tensor:
    """x / sqrt(mean(x²) + eps) · weight (Zhang & Sennrich 2019), computed on x / max|x|."""
    peak = x_1TC.abs().amax(-1, keepdim=True).clamp(min=SMALLEST_PEAK, max=LARGEST)
    y_1TC = x_1TC / peak
    share = root_eps / peak
    return y_1TC * torch.rsqrt((y_1TC * y_1TC).mean(-1, keepdim=True) + share * share) * weight_C


def rotate(x: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding of [..., T, D] (Su et al. 2021), halves paired as in Llama."""
    cos_TD, sin_TD = rotary
    first, second = x.chunk(2, dim=-1)
    return x * cos_TD + torch.cat([-second, first], dim=-1) * sin_TD


def feed_forward(mlp: Any, x_1TC: Tensor) -> Tensor:
    """[1, T, C]: down(silu(gate(x)) · up(x)) (Shazeer 2020)."""
    out: Tensor = mlp.down_proj(F.silu(mlp.gate_proj(x_1TC)) * mlp.up_proj(x_1TC))
    return out
