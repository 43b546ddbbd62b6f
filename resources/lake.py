"""data_lake/: where each artifact lies, how it becomes visible, and how it is found again.

    data_lake/<name>/<asset>[/<partition>]/<version>/...    immutable, with manifest.json
                                          /current          link to the version that readers see

A version is built in a hidden folder of its own, and appears by one rename after its manifest is on
disk; then the link moves. A reader therefore sees a whole artifact or the one before it. The folder
is named by a key (digest of the asset, its settings, its code version and its inputs' data
versions) and by its content. Building the same key again finds the version and does nothing. The
data version is the digest of the files, without logs/ (times and TensorBoard events, which no
reader depends on).
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ops.digest import digest, file_digest
from ops.entry import NO_ROOM, disk_full
from ops.errors import ContractError, DiskFull
from resources.settings import Settings

MANIFEST = "manifest.json"
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One published version of an asset."""

    path: Path
    key: str
    data_version: str
    inputs: dict[str, str]
    figures: dict[str, Any]
    seconds: float
    reused: bool = False

    @classmethod
    def at(cls, path: Path, reused: bool = False) -> "Artifact":
        """The artifact in a folder. Raises ContractError if its manifest is missing or broken."""
        try:
            held = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
            return cls(
                path,
                held["key"],
                held["data_version"],
                held.get("inputs", {}),
                held["figures"],
                held["seconds"],
                reused,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ContractError(
                f"{path} has no whole {MANIFEST}; delete the folder and run again"
            ) from error


class Lake(dg.ConfigurableResource):
    """The lake of one profile."""

    settings: dg.ResourceDependency[Settings]

    @property
    def base(self) -> Path:
        """The folder that holds this profile's assets."""
        return self.settings.load().lake_folder

    def folder(self, asset: str, partition: str | None = None) -> Path:
        """Where the versions of an asset lie."""
        return self.base / asset / partition if partition else self.base / asset

    def current(self, asset: str, partition: str | None = None) -> Artifact:
        """What readers see now.

        Raises:
            ContractError: the asset was never materialized; says how to.
        """
        link = self.folder(asset, partition) / CURRENT
        if not link.exists():
            of = f" for {partition}" if partition else ""
            raise ContractError(
                f"{asset} has not been materialized{of} in {self.base}; run everything before it "
                f"with dagster asset materialize --select '+key:{asset}' --partition DAY"
            )
        return Artifact.at(link.resolve())

    def partitions(self, asset: str) -> dict[str, Artifact]:
        """The current version of every materialized partition, oldest first.

        Raises:
            ContractError: there is none.
        """
        found = sorted(path.parent.name for path in self.folder(asset).glob(f"*/{CURRENT}"))
        if not found:
            self.current(asset)
        return {partition: self.current(asset, partition) for partition in found}

    def find(self, asset: str, partition: str | None, key: str) -> Artifact | None:
        """The whole version with this key, if it is there."""
        manifests = self.folder(asset, partition).glob(f"{key[:16]}-*/{MANIFEST}")
        newest = max(manifests, key=lambda path: path.stat().st_mtime_ns, default=None)
        return Artifact.at(newest.parent, reused=True) if newest else None

    def version(self, asset: str, partition: str | None, data_version: str) -> Artifact:
        """The version with this content, whichever of them `current` shows by now.

        Raises:
            ContractError: it is not in the lake.
        """
        folder = self.folder(asset, partition)
        alike = folder.glob(f"*-{data_version[:8]}")
        newest_first = sorted(alike, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        held = [folder / CURRENT, *newest_first]
        found = [Artifact.at(path.resolve()) for path in held if (path / MANIFEST).exists()]
        same = [artifact for artifact in found if artifact.data_version == data_version]
        if not same:
            raise ContractError(
                f"{asset} {data_version[:12]} is no longer in {folder}, and something newer was "
                f"made from it; materialize {asset} and everything after it again"
            )
        return same[0]

    @contextmanager
    def building(self, asset: str, partition: str | None) -> Iterator[None]:
        """Hold the asset's folder for the block; the lock ends with its process, however it ends.

        Raises:
            ContractError: another run holds it.
        """
        folder = self.folder(asset, partition)
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ContractError(
                    f"{asset} is being built by another run in {folder}; wait for it to end, or "
                    f"stop it"
                ) from error
            if not folder.exists() or folder.stat().st_ino != os.fstat(held).st_ino:
                raise ContractError(f"{folder} was pruned just now; run the same command again")
            yield
        finally:
            os.close(held)

    def draft(self, asset: str, partition: str | None, key: str) -> Path:
        """The hidden folder in which a version is built; work left there by a stopped run stays."""
        path = self.folder(asset, partition) / f".{key[:16]}"
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise disk_full(error, path) from error
            raise
        return path

    def publish(self, draft: Path, key: str, manifest: dict[str, Any]) -> Artifact:
        """Write the manifest, give the version its name, and move the link."""
        files = {
            str(path.relative_to(draft)): {
                "bytes": path.stat().st_size,
                "sha256": file_digest(path),
            }
            for path in sorted(draft.rglob("*"))
            if path.is_file() and path.name != MANIFEST
        }
        content = [(name, held["sha256"]) for name, held in files.items() if not _is_log(name)]
        whole = manifest | {
            "key": key,
            "data_version": digest(content),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": files,
        }
        with (draft / MANIFEST).open("w", encoding="utf-8") as stream:
            json.dump(whole, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        version = draft.with_name(f"{key[:16]}-{whole['data_version'][:8]}")
        if (version / MANIFEST).exists():
            # Somebody may be reading it, and it holds the same.
            shutil.rmtree(draft)
        else:
            shutil.rmtree(version, ignore_errors=True)
            draft.rename(version)
        self.show(version)
        return Artifact.at(version)

    def show(self, version: Path) -> None:
        """Make this version the one that readers see."""
        link = version.with_name(CURRENT)
        beside = version.with_name(f".{CURRENT}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(version.name)
        beside.replace(link)

    def require_room(self) -> None:
        """Raise DiskFull, before anything is spent, if less is free than the profile asks for."""
        megabytes = self.settings.load().lake.minimum_free_mb
        self.base.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.base).free // 1_000_000
        if free < megabytes:
            raise DiskFull(
                f"{self.base} has {free} MB free and the profile asks for {megabytes} MB "
                f"(lake.minimum_free_mb); free some space or set lake.root to another disk"
            )


def _is_log(name: str) -> bool:
    return "logs" in Path(name).parts
