"""kd_mix.jsonl: the same examples under the field names that earlier tools published.

`tool_result_fields` is, as published, the ids of the answer's words that carry a tool's result, not
the result. The masks are ones by construction. `*_positions` are added: the token positions that
the published layout lacked and without which no loss can be aligned.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.spans.contract import KINDS

FIELDS = {
    "tool_name": ("tool_name_ids", "tool_name_mask", "tool_name_positions"),
    "json_arguments": ("gold_json_text_ids", "mask_valid_json_tokens", "gold_json_positions"),
    "integration": ("tool_result_fields", "integration_mask", "integration_positions"),
}


def write(path: Path, examples: Iterable[dict[str, Any]], texts: dict[str, dict[str, Any]]) -> None:
    """One line an example of the train split."""
    with path.open("w", encoding="utf-8") as stream:
        for example in examples:
            if example["split"] == "train":
                row = line(example, texts[example["prompt_id"]])
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def line(example: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    """The published row of an example."""
    cut = text["prompt_chars"]
    row: dict[str, Any] = {"prompt": text["text"][:cut], "teacher_text": text["text"][cut:]}
    for kind, (ids, mask, positions) in FIELDS.items():
        index = KINDS.index(kind)
        at = [i for i, found in enumerate(example["span_kind"]) if found == index]
        row |= {ids: [example["input_ids"][i] for i in at], mask: [1] * len(at), positions: at}
    row["metadata"] = {
        "prompt_id": example["prompt_id"],
        "prompt_kind": example["prompt_kind"],
        "prompt_tokens": example["prompt_tokens"],
        "tokenizer": text["tokenizer"],
    }
    return row
