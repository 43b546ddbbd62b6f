"""Which table each Parquet file of the lake belongs to, and where a snapshot has it.

A name inside of a snapshot is `<table>/<key>=<value>/<n>.parquet` where files of a table come from
several places: a day, a phase, a stage. That is Hive's layout, which DuckDB, Polars and Arrow read.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

LINK = "apprentice.duckdb"
# What Hive writes for a value that is not there.
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
# Table → (asset, file, key=value that is added, "" of a daily asset: its day).
TABLES: dict[str, list[tuple[str, str, str]]] = {
    "prompts": [("prompt_mix", "prompts.parquet", "")],
    "rejected_prompts": [("prompt_mix", "rejected.parquet", "")],
    "quotas": [("prompt_mix", "quotas.parquet", "")],
    "responses": [("teacher_responses", "responses.parquet", "")],
    "refused": [("teacher_responses", "refused.parquet", "")],
    "texts": [("process_spans", "texts.parquet", ""), ("trajectories", "texts.parquet", "day=")],
    "spans": [("process_spans", "spans.parquet", ""), ("trajectories", "spans.parquet", "day=")],
    "skipped": [
        ("process_spans", "skipped.parquet", ""),
        ("trajectories", "skipped.parquet", "day="),
    ],
    "negatives": [("negative_examples", "negatives.parquet", "")],
    "evaluations": [
        ("process_evaluation", "evaluations.parquet", "phase=before"),
        ("merged_evaluation", "evaluations.parquet", "phase=after"),
    ],
    "arguments": [
        ("process_evaluation", "arguments.parquet", "phase=before"),
        ("merged_evaluation", "arguments.parquet", "phase=after"),
    ],
    "brokered": [
        ("process_evaluation", "brokered.parquet", "phase=before"),
        ("merged_evaluation", "brokered.parquet", "phase=after"),
    ],
    "judged": [
        ("process_evaluation", "judged.parquet", "phase=before"),
        ("merged_evaluation", "judged.parquet", "phase=after"),
    ],
    "comparison": [("merged_evaluation", "comparison.parquet", "")],
    "failures": [("failure_table", "failures.parquet", "")],
    "clusters": [("failure_table", "clusters.parquet", "")],
    "critiques": [("critique_table", "critiques.parquet", "")],
    "unrepaired": [("critique_table", "unrepaired.parquet", "")],
    "steps": [
        ("kd_checkpoint", "steps.parquet", "stage=kd"),
        ("process_checkpoint", "steps.parquet", "stage=process"),
        ("lora_adapter", "steps.parquet", "stage=lora"),
    ],
    "pace": [
        ("kd_checkpoint", "logs/pace.parquet", "stage=kd"),
        ("process_checkpoint", "logs/pace.parquet", "stage=process"),
        ("lora_adapter", "logs/pace.parquet", "stage=lora"),
    ],
}


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


RUNS = pa.schema(
    [
        _column("asset", pa.string(), "key of the asset"),
        _column("partition", pa.string(), "its day; null = the asset has no days", True),
        _column("key", pa.string(), "digest of what it was made from"),
        _column("data_version", pa.string(), "digest of its files"),
        _column("seconds", pa.float64(), "that making it took"),
        _column("figures", pa.string(), "JSON object: what it told"),
    ]
)


def placed(held: Sequence[tuple[str, str | None, Path]]) -> dict[str, Path]:
    """Name inside of a snapshot → file of the lake, of those that are there.

    Args:
        held: asset, day or None, folder of the version.
    """
    found: dict[str, Path] = {}
    taken = Counter[str]()
    for table, sources in TABLES.items():
        for asset, file, added in sources:
            for of, day, folder in held:
                if of == asset and (folder / file).exists():
                    at = "/".join([table, *_key(added, day)])
                    found[f"{at}/{taken[at]}.parquet"] = folder / file
                    taken[at] += 1
    return found


def _key(added: str, day: str | None) -> list[str]:
    if added.endswith("="):
        return [added + NO_VALUE]
    return [added] if added else [f"day={day}"] if day else []


def by_table(names: Iterable[str]) -> dict[str, list[str]]:
    """Table → names of its files.

    >>> by_table(["steps/stage=kd/0.parquet", "runs/0.parquet"])
    {'runs': ['runs/0.parquet'], 'steps': ['steps/stage=kd/0.parquet']}
    """
    tables: dict[str, list[str]] = {}
    for name in sorted(names):
        tables.setdefault(name.split("/")[0], []).append(name)
    return tables


def names(snapshot: Path) -> list[str]:
    """The files of a snapshot that is there."""
    return sorted(str(path.relative_to(snapshot)) for path in snapshot.rglob("*.parquet"))
