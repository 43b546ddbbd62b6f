"""Do two models compute the same? Their logits on the same probes, compared.

Probes are a few conversations under the student's own template, and rows of tokens drawn from its
whole vocabulary, so that every part of the embeddings is met.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ops.student.render import render_prompt

ASKED = (
    "What is the weather in Lisbon tomorrow?",
    "Set a timer for 12 minutes and then play some jazz.",
    'Translate "good morning" into French, and say how it is pronounced.',
    "Write a function that returns the sum of a list of numbers.",
)
ROWS, TOKENS = 8, 48
TOLERANCES: Mapping[torch.dtype, float] = {
    torch.float32: 1e-4,
    torch.float16: 1e-2,
    torch.bfloat16: 5e-2,
}
"""Largest difference allowed, as a share of the largest logit, by the dtype that weights are saved
in. Rounding moves a weight by at most 2^-24, 2^-11 or 2^-8 of itself. For the halves there is room
for ten times that, which layers may add up to; in fp32 for sums that are taken in another order.
"""


@dataclass(frozen=True, slots=True)
class Parity:
    """The largest difference of two logits, that as a share of the largest logit, and the share of
    positions with the same likeliest token.
    """

    difference: float
    relative: float
    agreement: float


def probes(tokenizer: Any) -> list[Tensor]:
    """[T] ids of each probe; the same for the same tokenizer."""
    asked = ([{"role": "user", "content": text}] for text in ASKED)
    texts = [render_prompt(tokenizer, messages, []) for messages in asked]
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    seeded = torch.Generator().manual_seed(0)
    drawn = torch.randint(0, len(tokenizer), (ROWS, TOKENS), generator=seeded)
    return [*(torch.tensor(one) for one in ids), *drawn]


@torch.no_grad()
def logits(model: Any, given: list[Tensor]) -> Tensor:
    """[N, V] fp32 logits of every position of the probes, on the CPU."""
    model.eval()
    device = next(model.parameters()).device
    found = [model(input_ids=one[None].to(device)).logits[0].float().cpu() for one in given]
    return torch.cat(found)


def compared(expected_NV: Tensor, found_NV: Tensor) -> Parity:
    """How far the logits that were found are from those expected; NaN is far from all."""
    difference = float((expected_NV - found_NV).abs().max())
    same = expected_NV.argmax(-1) == found_NV.argmax(-1)
    largest = float(expected_NV.abs().max())
    relative = difference / largest if largest else difference
    return Parity(difference, relative, float(same.float().mean()))
