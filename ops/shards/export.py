"""kd_mix.jsonl: the same examples under the field names that earlier tools published.

A line is an example's last answer: `prompt` is the whole text before it, `teacher_text` the answer.
Where a text holds several answers, the earlier ones are context here and have no line of their own;
the published layout knows one answer. `tool_result_fields` is, as published, the ids of the
answer's words that carry a tool's result, not the result. The masks are ones by construction.
`*_positions` are added: token positions in prompt + teacher_text, all of them inside teacher_text,
which the published layout lacked and without which no loss can be aligned. The teacher's
distributions have no place in the layout. Not here: reading such a file (adopt.py).
"""

import json
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ops.shards.build import Example
from ops.spans.contract import DECISIONS, KINDS

FIELDS = {
    "tool_name": ("tool_name_ids", "tool_name_mask", "tool_name_positions"),
    "json_arguments": ("gold_json_text_ids", "mask_valid_json_tokens", "gold_json_positions"),
    "integration": ("tool_result_fields", "integration_mask", "integration_positions"),
}
_IS = {
    decision: np.isin(np.arange(len(KINDS)), [KINDS.index(kind) for kind in of])
    for decision, of in DECISIONS.items()
}


def write(stream: IO[str], block: Iterable[Example]) -> None:
    """One line an example of the train split."""
    for example in block:
        if example.row["split"] == "train":
            stream.write(json.dumps(line(example), ensure_ascii=False) + "\n")


def line(example: Example) -> dict[str, Any]:
    """The published row of an example."""
    text, cut = example.text["text"], example.text["cuts"][-2]
    row: dict[str, Any] = {"prompt": text[:cut], "teacher_text": text[cut:]}
    ids = example.row["input_ids"]
    row |= positions(ids, example.row["span_kind"], example.answer)
    row["metadata"] = {
        "prompt_id": example.row["prompt_id"],
        "prompt_kind": example.text["prompt_kind"],
        "tokens": len(ids),
        "tokenizer": example.text["tokenizer"],
    }
    return row


def positions(
    input_ids: NDArray[np.int32], span_kind: NDArray[np.uint8], answer: int
) -> dict[str, list[int]]:
    """The published ids and masks, and where they stand, from token `answer` on."""
    row: dict[str, list[int]] = {}
    for decision, (ids, mask, at) in FIELDS.items():
        found = np.flatnonzero(_IS[decision][span_kind[answer:]]) + answer
        row |= {ids: input_ids[found].tolist(), mask: [1] * len(found), at: found.tolist()}
    return row
