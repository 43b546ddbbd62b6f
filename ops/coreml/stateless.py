"""The student as a program without memory, for clients that keep no state.

Every call takes the whole conversation, padded at its end to one of a few lengths, and gives the
logits of all its positions. `attentionMask` is 1 where there is a token, as swift-transformers
sends it (Sources/Models/LanguageModel.swift, eec09bd).

Shape suffixes as in decoder.py; here T = E, all tokens of the call.
"""

from typing import Any

import torch
from torch import Tensor

from ops.coreml.decoder import HIDDEN, Decoder
from ops.coreml.interpreter.program import Port

PARTS = (1, 2, 4)  # of the context: the lengths that a client may choose from, longest first


class StatelessLM(Decoder):
    """Logits [1, T, V] of `inputIds` [1, T], of which `attentionMask` [1, T] says which count.

    Raises:
        ConversionError: the student is not of the supported family.
    """

    position_S: Tensor

    def __init__(self, student: Any, context: int, tokens: int | None = None) -> None:
        super().__init__(student, context, tokens)
        self.register_buffer("position_S", torch.arange(context, dtype=torch.int32))

    def forward(self, inputIds: Tensor, attentionMask: Tensor) -> Tensor:
        length = inputIds.shape[-1]
        position_T = self.position_S[:length]
        seen_TE = position_T.unsqueeze(0) <= position_T.unsqueeze(1)
        open_TE = (seen_TE & (attentionMask > 0)).to(self.cos_SD.dtype)
        bias_TE = (open_TE - 1.0) * -HIDDEN
        rotary = (self.cos_SD[:length], self.sin_SD[:length])
        return self.decode(inputIds, rotary, bias_TE, lambda _, k_NTD, v_NTD: (k_NTD, v_NTD))

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        return torch.zeros(1, 8, dtype=torch.int32), torch.ones(1, 8, dtype=torch.int32)

    def ports(self) -> list[Port]:
        """What a client sends."""
        shapes: list[tuple[int, ...]] = [(1, self.context // part) for part in PARTS]
        bounds = [(1, 1), (shapes[-1][1], self.context)]
        return [Port(name, "int32", bounds, shapes) for name in ("inputIds", "attentionMask")]

    def masks(self, count: int) -> tuple[Tensor, ...]:
        """The inputs beside the tokens, for the first `count` tokens of a conversation."""
        return (torch.ones(1, count, dtype=torch.int32),)
