"""What must hold of the negatives before anybody learns to avoid them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ops.negatives.example import expected_of
from ops.negatives.judge import Claim, objection
from ops.student.encode import encode_all
from ops.student.render import END
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name

AT_ONCE = 1000
# All but the prompt's tokens, which are most of the table.
_READ = [
    "prompt_id", "split", "negative_kind", "other_tool", "argument", "positive", "negative",
    "positive_ids", "negative_ids",
]  # fmt: skip


def problems(
    negatives: pa.Table, prompts: Mapping[str, Mapping[str, Any]], tokenizer: Any
) -> list[str]:
    """Rows whose negative is not rejected for the reason of its kind, whose prompt is not of the
    train split, or whose tokens are not the texts.
    """
    found = []
    for batch in negatives.select(_READ).to_batches(AT_ONCE):
        rows = batch.to_pylist()
        found += _other_tokens(rows, tokenizer)
        for row in rows:
            against = _against(row, prompts[row["prompt_id"]])
            if against:
                found.append(f"{row['prompt_id']} {row['negative_kind']}: {against}")
    return found


def _other_tokens(rows: list[dict[str, Any]], tokenizer: Any) -> list[str]:
    found = []
    for side in ("positive", "negative"):
        encoded = encode_all(tokenizer, [row[side] for row in rows])
        found += [
            f"{row['prompt_id']} {row['negative_kind']}: the tokens are not those of the {side}"
            for row, ids in zip(rows, encoded, strict=True)
            if row[f"{side}_ids"] != ids
        ]
    return found


def _against(row: Mapping[str, Any], prompt: Mapping[str, Any]) -> str:
    if {row["split"], prompt["split"]} != {"train"}:
        return f"the prompt is of the split {prompt['split']}"
    return objection(
        Claim(row["negative_kind"], row["other_tool"], row["argument"]),
        row["negative"],
        json.loads(prompt["tools"]),
        expected_of(prompt, _calls(prompt, row["positive"])),
        json.loads(prompt["carries"] or "null"),
    )


def _calls(prompt: Mapping[str, Any], positive: str) -> Sequence[ToolCall]:
    names = [tool_name(tool) for tool in json.loads(prompt["tools"])]
    return read_calls(positive.removesuffix(END), names).calls
