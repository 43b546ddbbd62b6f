"""What of the recorded distributions is left in the shards: positions, outcomes and mass.

A position is kept where a token of the teacher's and one of the student's have the same edges;
of its outcomes, those that are one token for the student (ops/shards/teacher.py).
"""

from pathlib import Path

import numpy as np

from ops import tables
from ops.shards.contract import SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS
from ops.teacher.contract import LOGPROBS


def kept(shards: Path, responses: Path) -> dict[str, float]:
    """Over all examples: supervised and recorded positions, those kept, and means over the kept.

    outcomes: of a kept position, on average; mass: probability that they have together.
    """
    context = [KINDS.index(kind) for kind in CONTEXT_KINDS]
    asked, supervised, positions, outcomes, mass = set[str](), 0, 0, 0, 0.0
    for path in sorted(shards.glob("shard-*.parquet")):
        shard = tables.read(path, SHARD)
        asked |= set(shard["prompt_id"].to_pylist())
        kinds = shard["span_kind"].combine_chunks().flatten().to_numpy()
        ids = shard["teacher_ids"].combine_chunks().flatten().to_numpy()
        nats = shard["teacher_logp"].combine_chunks().flatten().to_numpy()
        supervised += int((~np.isin(kinds, context)).sum())
        positions += len(shard["teacher_at"].combine_chunks().flatten())
        outcomes += int((ids >= 0).sum())
        mass += float(np.exp(nats[ids >= 0], dtype=np.float64).sum())
    told = tables.read(responses / "logprobs.parquet", LOGPROBS)
    recorded = sum(
        row["positions"]
        for row in told.select(["prompt_id", "positions"]).to_pylist()
        if row["prompt_id"] in asked
    )
    some = max(positions, 1)
    return {
        "examples": len(asked),
        "supervised": supervised,
        "recorded": recorded,
        "kept": positions,
        "outcomes": outcomes / some,
        "mass": mass / some,
    }
