"""The student as programs of one shape each, as the Neural Engine wants them.

No length and no place depends on an input: `updateMask` has a row a token, which is one at the slot
where the token goes, and zero everywhere if it is padding. Products with it look up the rotary
tables and write the state, exactly, for all but one addend are zero. `causalMask` says who looks at
whom, and here it is trusted.

Shape suffixes as in decoder.py; E = S, all slots are looked at.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ops.coreml.contract import CACHES
from ops.coreml.decoder import HIDDEN, Decoder
from ops.coreml.interpreter.program import Port


class FixedLM(Decoder):
    """Logits [1, T, V] of `inputIds` [1, T] under two masks [1, 1, T, S]; the state advances.

    Raises:
        ConversionError: the student is not of the supported family.
    """

    keyCache: Tensor
    valueCache: Tensor
    cos_DS: Tensor
    sin_DS: Tensor
    floor: Tensor
    states = CACHES

    def __init__(self, student: Any, context: int, tokens: int | None = None) -> None:
        super().__init__(student, context, tokens)
        self.register_buffer("keyCache", self.cache(context))
        self.register_buffer("valueCache", self.cache(context))
        # As the converter wants the matrix of a product; it would transpose and rename it itself.
        self.register_buffer("cos_DS", self.cos_SD.T.contiguous())
        self.register_buffer("sin_DS", self.sin_SD.T.contiguous())
        self.register_buffer("floor", torch.full((1,), HIDDEN))

    def forward(self, inputIds: Tensor, updateMask: Tensor, causalMask: Tensor) -> Tensor:
        place_TS = updateMask.squeeze(0).squeeze(0)
        kept_S1 = 1.0 - place_TS.sum(0).unsqueeze(1)

        def remember(index: int, k_NTD: Tensor, v_NTD: Tensor) -> tuple[Tensor, Tensor]:
            new_NSD = place_TS.transpose(0, 1) @ k_NTD
            self.keyCache[index, 0] = self.keyCache[index, 0] * kept_S1 + new_NSD
            new_NSD = place_TS.transpose(0, 1) @ v_NTD
            self.valueCache[index, 0] = self.valueCache[index, 0] * kept_S1 + new_NSD
            return self.keyCache[index, 0], self.valueCache[index, 0]

        rotary = (F.linear(place_TS, self.cos_DS), F.linear(place_TS, self.sin_DS))
        # A caller may send -inf, which fp16 arithmetic turns into NaN sooner or later.
        bias_TS = torch.maximum(causalMask, self.floor)
        return self.decode(inputIds, rotary, bias_TS, remember)

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        tokens = self.tokens or 1
        mask = torch.zeros(1, 1, tokens, self.context)
        return torch.zeros(1, tokens, dtype=torch.int32), mask, mask

    def ports(self) -> list[Port]:
        """What a client sends."""
        tokens = (self.tokens or 1, self.tokens or 1)
        mask = [(1, 1), (1, 1), tokens, (self.context, self.context)]
        return [
            Port("inputIds", "int32", [(1, 1), tokens]),
            Port("updateMask", "fp16", mask),
            Port("causalMask", "fp16", mask),
        ]

    def masks(self, count: int) -> tuple[Tensor, ...]:
        """The inputs beside the tokens, for the first `count` tokens of a conversation."""
        ahead = torch.full((count, self.context), -torch.inf).triu(1)
        return torch.eye(count, self.context)[None, None], ahead[None, None]
