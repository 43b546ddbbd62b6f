"""Snapshots: what is in the lake now, under links of its own, with views over it.

    data_lake/<name>/warehouse/<version>/<table>/.../<n>.parquet    links to the lake's files
                                        /apprentice.duckdb          views over them
    data_lake/<name>/apprentice.duckdb                              link to the newest of these

Nothing is copied: a snapshot holds hard links, so pruning a version takes nothing from whoever asks
an older snapshot. Publishing makes a new folder and moves one link. A snapshot that a console has
open (DuckDB locks the file that it reads) stays until it is closed.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from ops import tables
from ops.digest import digest
from resources.lake import CURRENT, Artifact, Lake
from resources.shelf import remove
from resources.warehouse.tables import LINK, RUNS, names, placed
from resources.warehouse.views import statements

FOLDER = "warehouse"
KEPT = 2
Held = list[tuple[str, str | None, Artifact]]


class Warehouse(dg.ConfigurableResource):
    """The snapshots of one lake."""

    lake: dg.ResourceDependency[Lake]

    @property
    def path(self) -> Path:
        """What a reader opens."""
        return self.lake.base / LINK

    def publish(self, days: Mapping[str, Mapping[str, Artifact]]) -> Path:
        """Make a snapshot of what is in the lake now, unless it is there already; its folder.

        Args:
            days: asset → day → artifact: what the snapshot holds of the daily assets.
        """
        held = self._held(days)
        files = placed([(asset, day, one.path) for asset, day, one in held])
        views = statements("", files)
        of = [(asset, day, one.data_version) for asset, day, one in held]
        # Views name their files in full: a lake that was moved needs new ones.
        version = digest(of, views, str(self.lake.base.resolve()))[:16]
        folder = self.lake.base / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            snapshot = folder / version
            for begun in folder.glob("[!.]*"):
                if not (begun / LINK).exists():  # left by a run that was stopped
                    shutil.rmtree(begun)
            if not snapshot.exists():
                _link(snapshot, files)
                _list(snapshot, held)
                _define(snapshot)
            self._show(snapshot)
            for old in self.superseded():
                remove(old)
        return snapshot

    def superseded(self) -> list[Path]:
        """Snapshots to which no reader is led and which none has open; the last two stay."""
        snapshots = (self.lake.base / FOLDER).glob(f"[!.]*/{LINK}")
        oldest_first = sorted(snapshots, key=lambda path: (path.stat().st_mtime_ns, path))
        shown = self.path.resolve()
        spare = [path for path in oldest_first[:-KEPT] if path.resolve() != shown]
        return [path.parent for path in spare if not _open_elsewhere(path)]

    def _held(self, days: Mapping[str, Mapping[str, Artifact]]) -> Held:
        links = sorted(self.lake.base.glob(f"*/{CURRENT}"))
        whole: Held = [(link.parent.name, None, Artifact.at(link.resolve())) for link in links]
        return whole + [
            (asset, day, artifact)
            for asset, listed in days.items()
            for day, artifact in listed.items()
        ]

    def _show(self, snapshot: Path) -> None:
        beside = self.path.with_name(f".{LINK}")
        beside.unlink(missing_ok=True)
        beside.symlink_to((snapshot / LINK).relative_to(self.lake.base))
        beside.replace(self.path)


def _link(snapshot: Path, files: Mapping[str, Path]) -> None:
    for name, path in files.items():
        at = snapshot / name
        at.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, at)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, at)


def _list(snapshot: Path, held: Held) -> None:
    """The table of what is there."""
    runs = [
        {
            "asset": asset,
            "partition": day,
            "key": one.key,
            "data_version": one.data_version,
            "seconds": one.seconds,
            "figures": json.dumps(one.figures),
        }
        for asset, day, one in held
    ]
    (snapshot / "runs").mkdir(parents=True)
    tables.write(tables.from_rows(runs, RUNS), snapshot / "runs" / "0.parquet")


def _define(snapshot: Path) -> None:
    """The DuckDB file, last: where it is, the snapshot is whole."""
    import duckdb

    draft = snapshot / f".{LINK}"
    with duckdb.connect(str(draft)) as connection:
        for view in statements(f"{snapshot.resolve()}/", names(snapshot)):
            connection.execute(view)
    draft.rename(snapshot / LINK)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One publishes at a time; it takes a moment, so the next one waits."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _open_elsewhere(path: Path) -> bool:
    """Whether another process holds DuckDB's lock on the file, for reading or writing."""
    with path.open("r+b") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
