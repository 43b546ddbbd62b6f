"""What must hold of the shards before anybody trains on them, one shard in memory at a time."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from ops import tables
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS


def problems(shard: pa.Table, vocabulary: int, context: int, heldout: Collection[str]) -> list[str]:
    """Rows that are too long, hold unknown ids, have no target, or belong to the held-out split."""
    sizes, kinds = lengths(shard["input_ids"]), lengths(shard["span_kind"])
    ids, learnt = _values(shard["input_ids"]), supervised(shard)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    targets = np.repeat(np.arange(len(kinds)), kinds)[learnt]
    first = np.cumsum(kinds) - kinds
    kept_out = compute.is_in(shard["prompt_id"], pa.array(sorted(heldout), pa.string()))
    wrong = {
        f"too long for {context} tokens": sizes > context,
        "another number of kinds than of tokens": sizes != kinds,
        f"an id outside the vocabulary of {vocabulary}": np.isin(
            np.arange(len(sizes)), owners[(ids < 0) | (ids >= vocabulary)]
        ),
        "begins with a target": (kinds > 0) & learnt[np.minimum(first, len(learnt) - 1)],
        "no supervised token": np.isin(np.arange(len(sizes)), targets, invert=True),
        "is a held-out prompt": kept_out.to_numpy(),
    }
    return [
        f"{shard['prompt_id'][row].as_py()}: {told}"
        for told, rows in wrong.items()
        for row in np.flatnonzero(rows).tolist()
    ]


def coverage(shard: pa.Table) -> dict[str, int]:
    """Supervised tokens of each span kind."""
    counted = np.bincount(_values(shard["span_kind"]), minlength=len(KINDS))
    return {
        kind: int(counted[index]) for index, kind in enumerate(KINDS) if kind not in CONTEXT_KINDS
    }


def supervised(shard: pa.Table) -> NDArray[np.bool_]:
    """For each token of the shard: is it a target?"""
    return ~np.isin(_values(shard["span_kind"]), [KINDS.index(kind) for kind in CONTEXT_KINDS])


def check(folder: Path, vocabulary: int, context: int, heldout: Collection[str]) -> list[str]:
    """Problems in the shards of a folder; the plan must hold each example exactly once."""
    found, sizes = list[str](), []
    for path in sorted(folder.glob("shard-*.parquet")):
        shard = tables.read(path, SHARD)
        found += problems(shard, vocabulary, context, heldout)
        sizes.append(lengths(shard["input_ids"]))
    return found + _misplaced(tables.read(folder / "plan.parquet", PLAN), sizes)


def _misplaced(plan: pa.Table, sizes: list[NDArray[np.int64]]) -> list[str]:
    """What is wrong with the plan of shards whose examples are so long."""
    shard, row, tokens = (plan[name].to_numpy() for name in ("shard", "row", "tokens"))
    starts = np.cumsum([0, *map(len, sizes)])
    known = (shard < len(sizes)) & (shard >= 0)
    places = starts[:-1][shard[known]] + row[known] if sizes else np.empty(0, np.int64)
    placed = len(np.unique(places))
    if placed != len(plan) or placed != starts[-1]:
        return [f"plan.parquet places {placed} of {starts[-1]} examples"]
    wrong = int((np.concatenate([*sizes, [0]])[places] != tokens).sum())
    return [f"plan.parquet has another length for {wrong} examples"] if wrong else []


def lengths(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Length of each list."""
    found: NDArray[Any] = compute.list_value_length(column).to_numpy()
    return found.astype(np.int64)


def _values(column: pa.ChunkedArray) -> NDArray[Any]:
    """The values of all lists, one behind the other."""
    found: NDArray[Any] = compute.list_flatten(column).to_numpy()
    return found
