"""The examples of several days, on disk: shard-*.parquet, plan.parquet and kd_mix.jsonl.

Written shard by shard: what is in memory does not grow with the number of examples, but for some
ten bytes each, from which the plan is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import progress, tables
from ops.examples.join import Joined
from ops.examples.scan import count
from ops.shards import build, export
from ops.shards.config import ShardsConfig
from ops.shards.contract import NUMBERS, SHARD
from ops.shards.distributions import Distributions
from ops.shards.tally import Tally
from ops.shards.vocabulary import token_ids


@dataclass(frozen=True, slots=True)
class Day:
    """Where a day's prompts, answers and spans lie: folders."""

    mix: Path
    responses: Path
    spans: Path


def store(
    days: list[Day], tokenizer: Any, config: ShardsConfig, out: Path, imported: Sequence[Path] = ()
) -> dict[str, Any]:
    """Write the shards of these days into `out`; figures on coverage and use of the batches.

    A prompt that stands in several days is taken from the last of those where it is in its
    strictest split; what a looser split holds of it is left out. `imported` are folders of texts
    and spans that are in no mix (ops/trajectories).
    """
    spans = [*imported, *(day.spans for day in days)]
    entries = Joined([day.mix for day in days], spans)
    vocabulary = token_ids(tokenizer)
    told = Distributions([day.responses for day in days], vocabulary)
    made = build.examples(told.beside(entries), tokenizer, vocabulary, config)
    tally, done = Tally(config), 0
    listed = sum(count(folder / "texts.parquet") for folder in spans)
    with (out / "kd_mix.jsonl").open("w", encoding="utf-8") as stream:
        for number, block in enumerate(made):
            shard = tables.from_rows((example.row for example in block), SHARD)
            tables.write(shard, out / f"shard-{number:05d}.parquet", NUMBERS)
            export.write(stream, block)
            tally.add(shard)
            done += len(block)
            progress.report("shards", done, listed)
    tables.write(tally.plan(), out / "plan.parquet")
    progress.report("shards", listed, listed)
    return {"days": len(days), "in_a_stricter_split": entries.looser} | tally.figures()
