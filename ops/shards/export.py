"""kd_mix.jsonl: the same examples under the field names that earlier tools published.

A line is an example: `prompt` is the whole text before its last answer, `teacher_text` that answer.
`tool_result_fields` is, as published, the ids of the answer's words that carry a tool's result, not
the result. The masks are ones by construction. `*_positions` are added: token positions in
prompt + teacher_text, which the published layout lacked and without which no loss can be aligned.
Where a text holds several answers, `metadata.cuts` says where context and answer take turns, and
the decisions are those of all of them: so the file imports to the same example (ops/trajectories).
The teacher's distributions have no place in the layout.
"""

import json
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ops.shards.build import Example
from ops.shards.contract import FIELDS
from ops.spans.contract import DECISIONS, KINDS

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
    row |= positions(ids, example.row["span_kind"])
    row["metadata"] = {
        "prompt_id": example.row["prompt_id"],
        "prompt_kind": example.text["prompt_kind"],
        "cuts": example.text["cuts"],
        "source": example.text["source"],
        "licence": example.text["licence"],
        "tokens": len(ids),
        "tokenizer": example.text["tokenizer"],
    }
    return row


def positions(input_ids: NDArray[np.int32], span_kind: NDArray[np.uint8]) -> dict[str, list[int]]:
    """The published ids and masks, and where they stand."""
    row: dict[str, list[int]] = {}
    for decision, (ids, mask, at) in FIELDS.items():
        found = np.flatnonzero(_IS[decision][span_kind])
        row |= {ids: input_ids[found].tolist(), mask: [1] * len(found), at: found.tolist()}
    return row
