"""One checkpoint is one folder, `step-000123/`, that appears by a rename after its manifest.

The manifest holds size and SHA-256 of every other file and is written last, so a folder without a
whole one is no checkpoint. Not here: what the files are (saved.py), which are kept (shelf.py).
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.digest import digest, file_digest
from ops.errors import ContractError
from ops.lines import sync

MANIFEST = "manifest.json"


def name(step: int) -> str:
    """The folder of a step.

    >>> name(123)
    'step-000123'
    """
    return f"step-{step:06d}"


def draft(parent: Path, step: int) -> Path:
    """The hidden folder beside, in which a checkpoint is written; empty."""
    path = parent / f".{name(step)}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def publish(written: Path, told: Mapping[str, Any]) -> Path:
    """Sync the files of a draft, write its manifest, and give the folder its name.

    Args:
        written: the draft, with all its files.
        told: what a reader must know before it reads the files; plain values.
    """
    files = {}
    for path in sorted(one for one in written.rglob("*") if one.is_file()):
        sync(path)
        files[str(path.relative_to(written))] = {
            "bytes": path.stat().st_size,
            "sha256": file_digest(path),
        }
    manifest = json.dumps({**told, "files": files, "digest": digest(dict(told), files)}, indent=1)
    with (written / MANIFEST).open("w", encoding="utf-8") as stream:
        stream.write(manifest)
        stream.flush()
        os.fsync(stream.fileno())
    sync(written)
    place = written.with_name(written.name.removeprefix("."))
    if place.exists():
        remove(place)
    written.rename(place)
    sync(place.parent)
    return place


def remove(path: Path) -> None:
    """Take a folder away: first its name, so that a half removed one is never found."""
    hidden = path.with_name(f".gone-{path.name}")
    shutil.rmtree(hidden, ignore_errors=True)
    path.rename(hidden)
    shutil.rmtree(hidden)


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a folder whose files are all as they were written.

    Raises:
        ContractError: names the first file that is missing, cut or changed.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, dict[str, Any]] = manifest["files"]
        told = {key: manifest[key] for key in manifest if key not in ("files", "digest")}
        same = manifest["digest"] == digest(told, files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ContractError(f"{folder.name}/{MANIFEST} is missing or broken ({error})") from error
    if not same:
        raise ContractError(f"{folder.name}/{MANIFEST} is not as it was written")
    for path, wanted in files.items():
        _whole(folder, path, wanted)
    return manifest


def _whole(folder: Path, path: str, wanted: dict[str, Any]) -> None:
    place = folder / path
    if not place.is_file():
        raise ContractError(f"{folder.name}/{path} is missing")
    if place.stat().st_size != wanted["bytes"]:
        found = place.stat().st_size
        raise ContractError(f"{folder.name}/{path} has {found} bytes, expected {wanted['bytes']}")
    if file_digest(place) != wanted["sha256"]:
        raise ContractError(f"{folder.name}/{path} does not have the SHA-256 of its manifest")
