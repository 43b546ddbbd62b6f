"""The student as the program that CoreML shall run: its memory a state, any number of tokens.

* Causality comes from shapes, and a state `written` hides slots that no token has filled, so the
  answer is right whether the caller sends a causal mask, or the all-zero one with a slot too many
  of swift-transformers (Sources/Models/LanguageModel.swift, eec09bd). The caller's mask is added.
* Keys and values of the new tokens are written into a part of the state, and read from its start.

Not here: the layers (decoder.py), conversion (convert.py), and which students can be exported
(family.py).

Shape suffixes as in decoder.py, and  E slots in use after the new tokens · Q mask rows, 1 or T
"""

from typing import Any

import torch
from torch import Tensor

from ops.coreml.contract import STATES
from ops.coreml.decoder import HIDDEN, Decoder
from ops.coreml.interpreter.program import Port


class ExportLM(Decoder):
    """Logits [1, T, V] of `inputIds` [1, T] under `causalMask` [1, 1, Q, E]; the state advances.

    The T tokens go to slots E - T to E - 1.

    Raises:
        ConversionError: the student is not of the supported family.
    """

    keyCache: Tensor
    valueCache: Tensor
    written: Tensor
    position_S: Tensor
    floor: Tensor
    states = STATES

    def __init__(self, student: Any, context: int, tokens: int | None = None) -> None:
        super().__init__(student, context, tokens)
        self.register_buffer("keyCache", self.cache(context))
        self.register_buffer("valueCache", self.cache(context))
        self.register_buffer("written", torch.zeros(1, 1, 1, context))
        self.register_buffer("position_S", torch.arange(context, dtype=torch.int32))
        self.register_buffer("floor", torch.full((1,), HIDDEN))

    def forward(self, inputIds: Tensor, causalMask: Tensor) -> Tensor:
        end = causalMask.shape[-1]
        past = end - inputIds.shape[-1]
        # Four axes: tracing freezes the length of an update that has to be broadcast.
        filled_11T = torch.ones_like(inputIds, dtype=self.written.dtype).unsqueeze(0)
        self.written[:, :, :, past:end] = filled_11T.unsqueeze(0)
        bias_TE = self.bias(causalMask, past, end)

        def remember(index: int, k_NTD: Tensor, v_NTD: Tensor) -> tuple[Tensor, Tensor]:
            self.keyCache[index, 0, :, past:end, :] = k_NTD
            self.valueCache[index, 0, :, past:end, :] = v_NTD
            return self.keyCache[index, 0, :, :end, :], self.valueCache[index, 0, :, :end, :]

        rotary = (self.cos_SD[past:end], self.sin_SD[past:end])
        return self.decode(inputIds, rotary, bias_TE, remember)

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        return torch.zeros(1, 2, dtype=torch.int32), torch.zeros(1, 1, 2, 5)

    def ports(self) -> list[Port]:
        """What a client sends.

        The mask's rows are a length of their own: swift-transformers sends one for any prompt.
        """
        low, high = (self.tokens, self.tokens) if self.tokens else (1, self.context)
        return [
            Port("inputIds", "int32", [(1, 1), (low, high)]),
            Port("causalMask", "fp16", [(1, 1), (1, 1), (1, high), (low, self.context)]),
        ]

    def masks(self, count: int) -> tuple[Tensor, ...]:
        """The inputs beside the tokens, for the first `count` tokens of a conversation."""
        return (torch.zeros(1, 1, 1, count),)

    def bias(self, causalMask: Tensor, past: int, end: int) -> Tensor:
        """[1, 1, T, E]: 0 where a token may look, plus what the caller adds."""
        seen_TE = self.position_S[:end].unsqueeze(0) <= self.position_S[past:end].unsqueeze(1)
        filled_E = self.written[:, :, :, :end]
        own_TE = (seen_TE.to(filled_E.dtype) * filled_E - 1.0) * -HIDDEN
        # A caller may send -inf, which fp16 arithmetic turns into NaN sooner or later.
        return own_TE + torch.maximum(causalMask, self.floor)
