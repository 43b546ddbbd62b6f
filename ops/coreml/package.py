"""A package in one canonical form, so that equal students give equal bytes.

coremltools writes protobuf maps in any order, random identifiers and today's date; the weights
are already the same from one conversion to the next.
"""

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from ops.coreml import library
from ops.digest import digest, file_digest

SPEC = "com.apple.CoreML/model.mlmodel"
WEIGHTS = "com.apple.CoreML/weights"
DATE = "com.github.apple.coremltools.conversion_date"
ITEMS = {SPEC: "CoreML Model Specification", WEIGHTS: "CoreML Model Weights"}


def write(spec: Any, weights: Path, out: Path, metadata: dict[str, str]) -> None:
    """Write a Model message and the folder of its weights to `out`, which must not exist."""
    fields = spec.description.metadata.userDefined
    if DATE in fields:
        del fields[DATE]
    for name, value in metadata.items():
        fields[name] = value
    data = out / "Data"
    (data / SPEC).parent.mkdir(parents=True)
    (data / SPEC).write_bytes(spec.SerializeToString(deterministic=True))
    shutil.copytree(weights, data / WEIGHTS)
    (out / "Manifest.json").write_text(json.dumps(manifest(), indent=4) + "\n", encoding="utf-8")


def opened(root: Path) -> tuple[Any, Path]:
    """The Model message of a package that coremltools or `write` made, and its weights."""
    spec = library.load("coremltools.models.utils").load_spec(str(root))
    return spec, root / "Data" / WEIGHTS


def manifest() -> dict[str, Any]:
    """What the package holds; identifiers follow from the paths (RFC 9562, version 5)."""
    names = {path: str(uuid.uuid5(uuid.NAMESPACE_URL, path)) for path in ITEMS}
    return {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            names[path]: {
                "author": "com.apple.CoreML",
                "description": text,
                "name": path.rsplit("/", 1)[1],
                "path": path,
            }
            for path, text in ITEMS.items()
        },
        "rootModelIdentifier": names[SPEC],
    }


def files(root: Path) -> dict[str, str]:
    """SHA-256 of every file of a package, by its path inside."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): file_digest(path) for path in paths}


def content_digest(root: Path) -> str:
    """One hash of all files of a package and their places."""
    return digest(files(root))
