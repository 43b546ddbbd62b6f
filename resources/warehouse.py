"""SQL over the lake: a DuckDB snapshot of every table, rebuilt from Parquet and replaceable.

The pipeline never writes a file that somebody has open: each snapshot is a new file, and the link
apprentice.duckdb moves to it. A console keeps the file that it opened. Questions run read-only,
without access to other files, and cannot change the settings.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from ops.digest import digest
from ops.errors import ContractError, InputError
from resources.lake import CURRENT, Artifact, Lake

LINK = "apprentice.duckdb"
KEPT = 2
# A question may read its own snapshot and nothing else, and cannot lift that.
CLOSED = {"enable_external_access": False, "lock_configuration": True}
# table → (asset, file pattern, columns added)
TABLES = {
    "prompts": [("prompt_mix", "prompts.parquet", "")],
    "rejected_prompts": [("prompt_mix", "rejected.parquet", "")],
    "quotas": [("prompt_mix", "quotas.parquet", "")],
    "responses": [("teacher_responses", "responses.parquet", "")],
    "refused": [("teacher_responses", "refused.parquet", "")],
    "texts": [("process_spans", "texts.parquet", ""), ("trajectories", "texts.parquet", "")],
    "spans": [("process_spans", "spans.parquet", ""), ("trajectories", "spans.parquet", "")],
    "skipped": [("process_spans", "skipped.parquet", ""), ("trajectories", "skipped.parquet", "")],
    "negatives": [("negative_examples", "negatives.parquet", "")],
    "evaluations": [
        ("process_evaluation", "evaluations.parquet", "'before' as phase, "),
        ("merged_evaluation", "evaluations.parquet", "'after' as phase, "),
    ],
    "failures": [("failure_table", "failures.parquet", "")],
    "critiques": [("critique_table", "critiques.parquet", "")],
    "unrepaired": [("critique_table", "unrepaired.parquet", "")],
    "steps": [
        ("kd_checkpoint", "steps.parquet", "'kd' as stage, "),
        ("process_checkpoint", "steps.parquet", "'process' as stage, "),
        ("lora_adapter", "steps.parquet", "'lora' as stage, "),
    ],
    "pace": [
        ("kd_checkpoint", "logs/pace.parquet", "'kd' as stage, "),
        ("process_checkpoint", "logs/pace.parquet", "'process' as stage, "),
        ("lora_adapter", "logs/pace.parquet", "'lora' as stage, "),
    ],
}


class Warehouse(dg.ConfigurableResource):
    """The snapshots of one lake."""

    lake: dg.ResourceDependency[Lake]

    @property
    def path(self) -> Path:
        """What a reader opens."""
        return self.lake.base / LINK

    def publish(self, days: Mapping[str, Mapping[str, Artifact]]) -> Path:
        """Build a snapshot of what is in the lake now, unless it is there already.

        Args:
            days: asset → day → artifact: what the snapshot holds of the daily assets.
        """
        import duckdb

        artifacts = self._artifacts(days)
        version = digest([(name, one.data_version) for name, one in artifacts])[:16]
        folder = self.lake.base / "warehouse"
        folder.mkdir(parents=True, exist_ok=True)
        snapshot = folder / f"{version}.duckdb"
        if not snapshot.exists():
            draft = folder / f".{version}.duckdb"
            draft.unlink(missing_ok=True)
            with duckdb.connect(str(draft)) as connection:
                for table, sources in TABLES.items():
                    _fill(connection, table, sources, artifacts)
                _runs(connection, artifacts)
            draft.replace(snapshot)
        beside = self.path.with_name(f".{LINK}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(snapshot.relative_to(self.lake.base))
        beside.replace(self.path)
        for old in self.superseded():
            old.unlink()
        return snapshot

    def superseded(self) -> list[Path]:
        """Snapshots that no reader is led to any more, but for the one before the newest."""
        snapshots = (self.lake.base / "warehouse").glob("*.duckdb")
        oldest_first = sorted(snapshots, key=lambda path: path.stat().st_mtime)
        return [path for path in oldest_first[:-KEPT] if path != self.path.resolve()]

    def _artifacts(self, days: Mapping[str, Mapping[str, Artifact]]) -> list[tuple[str, Artifact]]:
        links = sorted(self.lake.base.glob(f"*/{CURRENT}"))
        whole = [(link.parent.name, Artifact.at(link.resolve())) for link in links]
        return whole + [
            (f"{asset}/{day}", artifact)
            for asset, listed in days.items()
            for day, artifact in listed.items()
        ]


def _fill(connection: Any, table: str, sources: Any, artifacts: list[tuple[str, Artifact]]) -> None:
    parts = []
    for asset, file, added in sources:
        for name, artifact in artifacts:
            path = artifact.path / file
            if name.split("/")[0] == asset and path.exists():
                day = f"'{name.split('/')[1]}' as day, " if "/" in name else ""
                quoted = str(path).replace("'", "''")
                parts.append(f"select {added}{day}* from read_parquet('{quoted}')")
    if parts:
        connection.execute(f"create table {table} as " + " union all by name ".join(parts))


def _runs(connection: Any, artifacts: list[tuple[str, Artifact]]) -> None:
    connection.execute(
        "create table runs (asset varchar, partition varchar, key varchar, data_version varchar, "
        "seconds double, figures json)"
    )
    for name, artifact in artifacts:
        asset, _, partition = name.partition("/")
        connection.execute(
            "insert into runs values (?, ?, ?, ?, ?, ?)",
            [
                asset,
                partition or None,
                artifact.key,
                artifact.data_version,
                artifact.seconds,
                json.dumps(artifact.figures),
            ],
        )


def ask(path: Path, question: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a question to a snapshot, read-only.

    Raises:
        ContractError: there is no snapshot, or it is damaged.
        InputError: DuckDB refuses the question; its first line says why.
    """
    import duckdb

    if not path.exists():
        raise ContractError(
            f"{path} is not there; run `apprentice demo` or materialize failure_table first"
        )
    try:
        connection = duckdb.connect(str(path.resolve()), read_only=True, config=dict(CLOSED))
    except duckdb.Error as error:
        raise ContractError(
            f"{path.resolve()} is damaged or in use; delete it and run the pipeline again"
        ) from error
    with connection:
        try:
            answer = connection.execute(question)
            rows = answer.fetchall() if answer is not None else []
        except duckdb.Error as error:
            raise InputError(f"that query does not run: {str(error).splitlines()[0]}") from error
        if answer is None:
            raise InputError("that query does not run: it is empty")
        return [column[0] for column in answer.description or []], rows
