"""kd_mix.jsonl: the same examples under the field names that earlier tools published.

`tool_result_fields` is, as published, the ids of the answer's words that carry a tool's result, not
the result. The masks are ones by construction. `*_positions` are added: the token positions that
the published layout lacked and without which no loss can be aligned. The teacher's distributions
have no place in the layout. `metadata.cuts` says where context and answer take turns. Not here:
reading such a file (ops/trajectories).
"""

import json
from collections.abc import Iterable
from typing import IO, Any

from ops.examples.join import Entry
from ops.shards.contract import FIELDS
from ops.spans.contract import DECISIONS, KINDS


def write(stream: IO[str], block: Iterable[tuple[Entry, dict[str, Any]]]) -> None:
    """One line an example of the train split; `block` holds examples with their entries."""
    for entry, example in block:
        if example["split"] == "train":
            stream.write(json.dumps(line(entry.text, example), ensure_ascii=False) + "\n")


def line(text: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The published row of an example; `text` is its row of ops.spans.contract.TEXTS."""
    cut = text["cuts"][-2]
    row: dict[str, Any] = {"prompt": text["text"][:cut], "teacher_text": text["text"][cut:]}
    row |= positions(example["input_ids"], example["span_kind"])
    row["metadata"] = {
        "prompt_id": example["prompt_id"],
        "prompt_kind": text["prompt_kind"],
        "cuts": text["cuts"],
        "source": text["source"],
        "licence": text["licence"],
        "tokens": len(example["input_ids"]),
        "tokenizer": text["tokenizer"],
    }
    return row


def positions(input_ids: list[int], span_kind: list[int]) -> dict[str, list[int]]:
    """The published ids and masks, and where they stand."""
    row: dict[str, list[int]] = {}
    for decision, (ids, mask, at) in FIELDS.items():
        of = {KINDS.index(kind) for kind in DECISIONS[decision]}
        found = [position for position, one in enumerate(span_kind) if one in of]
        row |= {ids: [input_ids[p] for p in found], mask: [1] * len(found), at: found}
    return row
