"""How clients drive a package: which mask they send, and how they count slots.

`causal` is the convention of Apple's examples: one row of the mask a token, minus infinity above
the diagonal. `zeros` is what swift-transformers sends (LanguageModel.swift, eec09bd): one row of
zeros, as long as the number of tokens plus one, so slot 0 stays empty and nothing is masked. A
package has to answer both alike.
"""

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from ops.coreml.contract import INPUTS, OUTPUT
from ops.coreml.interpreter.machine import Machine, State

Masks = Literal["causal", "zeros"]
SKIPPED = {"causal": 0, "zeros": 1}  # slots before the first token


@dataclass(slots=True)
class Session:
    """One conversation with a package, from an empty state."""

    machine: Machine
    masks: Masks = "causal"
    used: int = 0
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.machine.fresh_state()
        self.used = SKIPPED[self.masks]

    def feed(self, tokens: list[int]) -> Tensor:
        """Logits [T, V] of the next token after each of `tokens`."""
        self.used += len(tokens)
        mask = causal(len(tokens), self.used) if self.masks == "causal" else zeros(self.used)
        ids = torch.tensor([tokens], dtype=torch.int32)
        outputs = self.machine.run(dict(zip(INPUTS, (ids, mask), strict=True)), self.state)
        return outputs[OUTPUT][0]

    def feed_each(self, pieces: list[list[int]]) -> Tensor:
        """Logits [T, V] of all pieces, fed one after the other."""
        return torch.cat([self.feed(piece) for piece in pieces if piece])


def causal(new: int, end: int) -> Tensor:
    """[1, 1, T, E]: minus infinity where a token would look ahead."""
    return torch.full((1, 1, new, end), -torch.inf).triu(end - new + 1)


def zeros(end: int) -> Tensor:
    """[1, 1, 1, E]: nothing is masked."""
    return torch.zeros(1, 1, 1, end)
