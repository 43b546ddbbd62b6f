"""The student's layers, rewritten for fp16 and shared by every form of the exported program.

A Llama-family decoder on the student's own parameters. What differs from Transformers, and why:

* RMSNorm squares what was divided by the largest magnitude. Squares of a residual stream of 25,000,
  which SmolLM2 has, overflow fp16; the algebra is exact otherwise.
* Query heads that share a key head are a batch axis: keys and values are never repeated.
* Sines and cosines are tables over the positions, made by the student's own embedding.

Not here: where keys and values are kept, and who may look at whom; each form of the program
(export.py, stateless.py, fixed.py) brings its own.

Shape suffixes:  T new tokens · E tokens that are looked at · S slots of the context · C hidden ·
                 D head width · N key heads · G query heads of one key head · V vocabulary
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ops.coreml.family import refuse_unsupported
from ops.coreml.interpreter.program import Port

HIDDEN = -1.0e4  # far below any score, and three of them still fit fp16
LARGEST = 65504.0  # of fp16
SMALLEST_PEAK = 1.0e-3  # eps / peak² stays below LARGEST for every eps below 0.06

# What a form does with the new keys and values [N, T, D] of a layer: it keeps them as it does,
# and returns those to look at, [N, E, D].
Remember = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


class Decoder(nn.Module):
    """The parameters and tables that every form has. A subclass says what `forward` takes.

    Raises:
        ConversionError: the student is not of the supported family.
    """

    cos_SD: Tensor
    sin_SD: Tensor
    root_eps: Tensor
    states: tuple[str, ...] = ()  # names of the buffers that are states of the program

    def __init__(self, student: Any, context: int, tokens: int | None = None) -> None:
        super().__init__()
        refuse_unsupported(student.config, context)
        self.embed_tokens = student.model.embed_tokens
        self.layers = student.model.layers
        self.norm = student.model.norm
        self.lm_head = student.lm_head
        self.context = context
        self.tokens = tokens  # T, where the program is to take no other number
        self.heads = int(student.config.num_key_value_heads)
        self.group = int(student.config.num_attention_heads) // self.heads
        self.width = int(student.model.layers[0].self_attn.head_dim)
        cos_SD, sin_SD = rotary_tables(student, context)
        self.register_buffer("cos_SD", cos_SD)
        self.register_buffer("sin_SD", sin_SD)
        self.register_buffer("root_eps", torch.full((1,), student.config.rms_norm_eps**0.5))

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        raise NotImplementedError

    def ports(self) -> list[Port]:
        """What a client sends."""
        raise NotImplementedError

    def masks(self, count: int) -> tuple[Tensor, ...]:
        """The inputs beside the tokens, for the first `count` tokens of a conversation."""
        raise NotImplementedError

    @torch.no_grad()
    def whole(self, tokens: list[int]) -> Tensor:
        """Logits [T, V] of a conversation of these tokens alone, in PyTorch."""
        self.reset()
        logits: Tensor = self(torch.tensor([tokens]), *self.masks(len(tokens)))[0]
        self.reset()
        return logits

    def decode(
        self, ids_1T: Tensor, rotary: tuple[Tensor, Tensor], bias_TE: Tensor, remember: Remember
    ) -> Tensor:
        """Logits [1, T, V]; `bias_TE` is added to the scores, broadcast over heads."""
        x_1TC = F.embedding(ids_1T, self.embed_tokens.weight)
        for index, layer in enumerate(self.layers):
            normed = rms_norm(x_1TC, layer.input_layernorm.weight, self.root_eps)
            q_NGTD, k_NTD, v_NTD = self.project(layer.self_attn, normed, rotary)
            k_NED, v_NED = remember(index, k_NTD, v_NTD)
            mixed = self.mix(q_NGTD, k_NED.unsqueeze(1), v_NED.unsqueeze(1), bias_TE)
            x_1TC = x_1TC + layer.self_attn.o_proj(mixed)
            normed = rms_norm(x_1TC, layer.post_attention_layernorm.weight, self.root_eps)
            x_1TC = x_1TC + feed_forward(layer.mlp, normed)
        x_1TC = rms_norm(x_1TC, self.norm.weight, self.root_eps)
        logits: Tensor = self.lm_head(x_1TC)
        return logits

    def project(
        self, attention: Any, x_1TC: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries [N, G, T, D], keys and values [N, T, D], the first two rotated."""
        q_TNGD = attention.q_proj(x_1TC).view(-1, self.heads, self.group, self.width)
        k_TND = attention.k_proj(x_1TC).view(-1, self.heads, self.width)
        v_TND = attention.v_proj(x_1TC).view(-1, self.heads, self.width)
        if hasattr(attention, "q_norm"):  # Qwen 3
            q_TNGD = rms_norm(q_TNGD, attention.q_norm.weight, self.root_eps)
            k_TND = rms_norm(k_TND, attention.k_norm.weight, self.root_eps)
        q_NGTD = rotate(q_TNGD.permute(1, 2, 0, 3), rotary)
        return q_NGTD, rotate(k_TND.permute(1, 0, 2), rotary), v_TND.permute(1, 0, 2)

    def mix(self, q_NGTD: Tensor, k_N1ED: Tensor, v_N1ED: Tensor, bias_TE: Tensor) -> Tensor:
        """[1, T, N · G · D]: the values, weighted by how well their keys fit the queries."""
        # The scale goes on the queries, so that no score before it can overflow.
        scores_NGTE = (q_NGTD * self.width**-0.5) @ k_N1ED.transpose(2, 3) + bias_TE
        mixed_NGTD = scores_NGTE.softmax(-1) @ v_N1ED
        wide = self.heads * self.group * self.width
        mixed: Tensor = mixed_NGTD.permute(2, 0, 1, 3).reshape(1, -1, wide)
        return mixed

    def cache(self, length: int) -> Tensor:
        """Zeros for the keys, or the values, of every layer."""
        return torch.zeros(len(self.layers), 1, self.heads, length, self.width)

    def reset(self) -> None:
        """Forget every token."""
        for name in self.states:
            getattr(self, name).zero_()


def rotary_tables(student: Any, context: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines [S, D] of positions 0 to S - 1, by the student's own embedding."""
    position_1S = torch.arange(context).unsqueeze(0)
    with torch.no_grad():
        cos, sin = student.model.rotary_emb(torch.zeros(1), position_1S)
    return cos[0].clone(), sin[0].clone()


def rms_norm(x: Tensor, weight: Tensor, root_eps: Tensor) -> Tensor:
    """x / sqrt(mean(x²) + eps) · weight over the last axis (Zhang & Sennrich 2019).

    The mean is that of x / max|x|; x itself is divided but once, for beside a peak of 25,000 its
    ordinary numbers would be too small for fp16 to keep all their digits.
    """
    peak = x.abs().amax(-1, keepdim=True).clamp(min=SMALLEST_PEAK, max=LARGEST)
    y, share = x / peak, root_eps / peak
    rms = peak * torch.sqrt((y * y).mean(-1, keepdim=True) + share * share)
    return x / rms * weight


def rotate(x: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding of [..., T, D] (Su et al. 2021), halves paired as in Llama."""
    cos_TD, sin_TD = rotary
    first, second = x.chunk(2, dim=-1)
    return x * cos_TD + torch.cat([-second, first], dim=-1) * sin_TD


def feed_forward(mlp: Any, x_1TC: Tensor) -> Tensor:
    """[1, T, C]: down(silu(gate(x)) · up(x)) (Shazeer 2020)."""
    out: Tensor = mlp.down_proj(F.silu(mlp.gate_proj(x_1TC)) * mlp.up_proj(x_1TC))
    return out
