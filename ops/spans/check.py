"""What must hold of the spans before anybody trains on them."""

from typing import Any

import pyarrow as pa

from ops import tables
from ops.student.encode import encode


def problems(texts: pa.Table, spans: pa.Table, tokenizer: Any, sample: int = 500) -> list[str]:
    """Spans whose characters or tokens are not their content; tokens of `sample` texts."""
    by_id = {row["prompt_id"]: row for row in tables.rows(texts)}
    ids: dict[str, list[int]] = {}
    for row in list(by_id.values())[:sample]:
        ids[row["prompt_id"]] = encode(tokenizer, row["text"], row["cuts"]).ids
    found = []
    for span in tables.rows(spans):
        text = by_id[span["prompt_id"]]["text"]
        if text[span["start"] : span["end"]] != span["content"]:
            found.append(f"{span['prompt_id']} {span['kind']}: characters differ from the content")
        tokens = ids.get(span["prompt_id"])
        if tokens is None:
            continue
        decoded = tokenizer.decode(tokens[span["token_start"] : span["token_end"]])
        if span["content"] not in decoded:
            found.append(f"{span['prompt_id']} {span['kind']}: tokens say {decoded[:60]!r}")
    return found
