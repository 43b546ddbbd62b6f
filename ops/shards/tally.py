"""What is known of the shards while they are written: lengths for the plan, and the figures."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from ops.examples.join import TRAINED
from ops.shards.check import coverage, lengths
from ops.shards.config import ShardsConfig
from ops.shards.contract import PLAN
from ops.training.plan import packed, useful_share


class Tally:
    """Counts of the shards so far; of each example it keeps the split and the length."""

    def __init__(self, config: ShardsConfig) -> None:
        self._config = config
        self._splits: list[NDArray[np.bool_]] = []
        self._lengths: list[NDArray[np.int32]] = []
        self._kinds: Counter[str] = Counter()
        self._mapped = 0

    def add(self, shard: pa.Table) -> None:
        """One more shard, in the order of the files."""
        train = compute.equal(shard["split"], "train")
        self._splits.append(train.to_numpy())
        self._lengths.append(lengths(shard["input_ids"]).astype(np.int32))
        learnt = shard.filter(train)
        self._kinds.update(coverage(learnt))
        self._mapped += int(lengths(learnt["teacher_at"]).sum())

    def plan(self) -> pa.Table:
        """Rows of ops.shards.contract.PLAN."""
        return pa.concat_tables([self._part(split) for split in TRAINED])

    def figures(self) -> dict[str, Any]:
        """Of the train split but for `repair`, its number of examples."""
        chosen, sizes = self._of("train")
        supervised = sum(self._kinds.values())
        return {
            "train": len(chosen),
            "repair": len(self._of("repair")[0]),
            "tokens": int(sizes.sum()),
            "supervised_tokens": supervised,
            "teacher_distribution_share": self._mapped / supervised if supervised else 0.0,
            "useful_share": useful_share(sizes, self._config.batch_tokens),
            "tokens_by_kind": dict(self._kinds),
        }

    def _of(self, split: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Numbers and lengths of the examples of a split."""
        train = np.concatenate([np.empty(0, np.bool_), *self._splits])
        sizes = np.concatenate([np.empty(0, np.int32), *self._lengths])
        chosen = np.flatnonzero(train == (split == "train"))
        return chosen, sizes[chosen]

    def _part(self, split: str) -> pa.Table:
        chosen, sizes = self._of(split)
        batch = packed(sizes, self._config.batch_tokens)
        order = np.argsort(batch, kind="stable")
        shard, row = np.divmod(chosen[order], self._config.rows_per_shard)
        columns = [batch[order], shard, row, sizes[order]]
        return pa.Table.from_arrays(
            [pa.repeat(split, len(chosen)), *(pa.array(c.astype(np.int32)) for c in columns)],
            schema=PLAN,
        )
