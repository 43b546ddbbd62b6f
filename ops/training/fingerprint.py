"""What the result of a run depends on, as one digest: the stage, its settings, and its inputs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.digest import digest, file_digest


def fingerprint(stage: str, settings: dict[str, Any], inputs: Iterable[Path]) -> str:
    """The digest, 64 hex digits; inputs are files, or folders with all that is in them.

    By content and not by path: a lake that was moved goes on where it stopped.
    """
    return digest(stage, settings, [_content(path) for path in inputs])


def _content(path: Path) -> list[tuple[str, str]]:
    if path.is_file():
        return [(path.name, file_digest(path))]
    found = sorted(one for one in path.rglob("*") if one.is_file())
    return [(str(one.relative_to(path)), file_digest(one)) for one in found]
