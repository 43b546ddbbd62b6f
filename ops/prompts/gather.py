"""One day's prompts: the registry's mix and the imported files, a prompt once."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops import tables
from ops.digest import digest
from ops.phrases.book import load_book
from ops.prompts.config import MixConfig
from ops.prompts.contract import PROMPTS, REJECTED
from ops.prompts.mix import mix
from ops.prompts.registry import load_registry
from ops.prompts.sources import read_prompts


@dataclass(frozen=True, slots=True)
class Gathered:
    """The prompts of a day, and the input rows that could not be used."""

    prompts: pa.Table
    rejected: pa.Table

    def figures(self) -> dict[str, Any]:
        """How many, of what."""
        return {
            "prompts": self.prompts.num_rows,
            "rejected": self.rejected.num_rows,
            "by_split": _counted(self.prompts, "split"),
            "by_kind": _counted(self.prompts, "kind"),
            "by_source": _counted(self.prompts, "source"),
            "rejected_by_reason": _counted(self.rejected, "reason"),
        }


def gather(
    registry: Path, phrases: Path, sources: list[Path], config: MixConfig, day: str
) -> Gathered:
    """The mix of a day (its seed) and every source, sorted by prompt id.

    Raises:
        SettingsError: registry and phrase book do not fit.
        InputError: a source is missing or holds nothing that can be used.
    """
    rows: dict[str, dict[str, Any]] = {}
    rejected: list[dict[str, Any]] = []
    if config.prompts:
        seed = int(digest("mix", day)[:8], 16)
        made = mix(load_registry(registry), load_book(phrases), config, seed)
        rows |= {row["prompt_id"]: row for row in tables.rows(made)}
    for source in sources:
        prompts, bad = read_prompts(source, config.splits)
        rows |= {row["prompt_id"]: row for row in tables.rows(prompts)}
        rejected += tables.rows(bad)
    ordered = [rows[prompt_id] for prompt_id in sorted(rows)]
    return Gathered(tables.from_rows(ordered, PROMPTS), tables.from_rows(rejected, REJECTED))


def missing_tools(prompts: pa.Table, registry: Path) -> list[str]:
    """Tools of the registry that no generated prompt of some split asks for."""
    wanted = {
        (row["split"], call["name"])
        for row in tables.rows(prompts)
        if row["source"] == "registry"
        for call in json.loads(row["expected"])
    }
    splits = {split for split, _ in wanted}
    return [
        f"{name} in {split}"
        for name in load_registry(registry).tools
        for split in sorted(splits)
        if (split, name) not in wanted
    ]


def in_two_splits(prompts: pa.Table) -> list[str]:
    """Prompt ids that stand in more than one split, or twice in one."""
    counted = Counter(prompts["prompt_id"].to_pylist())
    return [prompt_id for prompt_id, count in counted.items() if count > 1]


def _counted(table: pa.Table, column: str) -> dict[str, int]:
    return dict(sorted(Counter(table[column].to_pylist()).items()))
