"""How likely the right answer is to a student: its nats under teacher forcing.

The right answer is the teacher's accepted one, written as the student learns to write it, with the
end of its turn, and encoded apart from the prompt, as everywhere (student/encode.py).

Shape suffixes:  B batch · T position · A tokens of the longest answer · V vocabulary.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ops.errors import ContractError
from ops.student.encode import token_ids
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall

ROWS = 8  # whose logits are held together: rows · A · V numbers
DIGITS = 4  # of nats that are kept: beyond, the order of a sum shows


def right_answer(response: Mapping[str, Any]) -> str:
    """The text of a row of RESPONSES, with its end token."""
    calls = [
        ToolCall(call["name"], call["arguments"], "", "openai")
        for call in json.loads(response["calls"])
    ]
    return render_answer(response["content"], calls)


@torch.no_grad()
def nats(
    model: Any, tokenizer: Any, prompts: Sequence[str], answers: Sequence[str]
) -> list[tuple[float, int]]:
    """For each pair of texts minus the log-probability of the answer, and its tokens.

    Raises:
        ContractError: it is no number; the student's weights are damaged.
    """
    found: list[tuple[float, int]] = []
    for start in range(0, len(prompts), ROWS):
        part = slice(start, start + ROWS)
        asked = [token_ids(tokenizer, text) for text in prompts[part]]
        told = [token_ids(tokenizer, text) for text in answers[part]]
        found += _nats(model, asked, told)
    if not all(math.isfinite(value) for value, _ in found):
        raise ContractError(
            "the student gives a right answer no finite probability: its weights hold NaN or "
            "infinite numbers; train it again"
        )
    return found


def _nats(model: Any, asked: list[list[int]], told: list[list[int]]) -> list[tuple[float, int]]:
    """Padded on the left, so that all answers end at the right edge, where logits are wanted."""
    width = max(len(a) + len(b) for a, b in zip(asked, told, strict=True))
    longest = max(map(len, told))
    ids_BT = torch.zeros((len(asked), width), dtype=torch.long)
    mask_BT = torch.zeros_like(ids_BT)
    for row, ids in enumerate(a + b for a, b in zip(asked, told, strict=True)):
        ids_BT[row, width - len(ids) :] = torch.tensor(ids)
        mask_BT[row, width - len(ids) :] = 1
    ids_BT, mask_BT = ids_BT.to(model.device), mask_BT.to(model.device)
    logits_BAV: Tensor = model(
        input_ids=ids_BT,
        attention_mask=mask_BT,
        position_ids=(mask_BT.cumsum(-1) - 1).clamp(min=0),
        logits_to_keep=longest + 1,
        use_cache=False,
    ).logits[:, -longest - 1 : -1]
    losses_BA = functional.cross_entropy(
        logits_BAV.float().transpose(1, 2), ids_BT[:, -longest:], reduction="none"
    )
    sizes = [len(ids) for ids in told]
    return [
        (round(float(losses_BA[row, longest - size :].double().sum()), DIGITS), size)
        for row, size in enumerate(sizes)
    ]
