"""What must hold of the shards before anybody trains on them."""

from collections import Counter
from pathlib import Path
from typing import Any

from ops import tables
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import KINDS


def problems(
    examples: list[dict[str, Any]], vocabulary: int, context: int, heldout: set[str]
) -> list[str]:
    """Rows that are too long, hold unknown ids, have no target, or belong to the held-out split."""
    found = []
    for row in examples:
        ids = row["input_ids"]
        if len(ids) > context or len(ids) != len(row["span_kind"]):
            found.append(f"{row['prompt_id']}: {len(ids)} tokens, {len(row['span_kind'])} kinds")
        if min(ids) < 0 or max(ids) >= vocabulary:
            found.append(
                f"{row['prompt_id']}: id {max(ids)} outside the vocabulary of {vocabulary}"
            )
        if row["prompt_tokens"] >= len(ids):
            found.append(f"{row['prompt_id']}: no supervised token")
        if row["prompt_id"] in heldout:
            found.append(f"{row['prompt_id']}: is a held-out prompt")
    return found


def coverage(examples: list[dict[str, Any]]) -> dict[str, int]:
    """Supervised tokens of each span kind."""
    counted: Counter[int] = Counter()
    for row in examples:
        counted.update(row["span_kind"][row["prompt_tokens"] :])
    return {kind: counted[index] for index, kind in enumerate(KINDS) if kind != "prompt"}


def check(folder: Path, vocabulary: int, context: int, heldout: set[str]) -> list[str]:
    """Problems in the shards of a folder; the plan must hold each example exactly once."""
    shards = [
        tables.rows(tables.read(path, SHARD)) for path in sorted(folder.glob("shard-*.parquet"))
    ]
    rows = [row for shard in shards for row in shard]
    plan = tables.rows(tables.read(folder / "plan.parquet", PLAN))
    found = problems(rows, vocabulary, context, heldout)
    planned = {(entry["shard"], entry["row"]) for entry in plan}
    if len(planned) != len(plan) or len(plan) != len(rows):
        found.append(f"plan.parquet places {len(planned)} of {len(rows)} examples")
    return found
