"""What lies in the folder of one asset, or of one of its days; and how a part of it is removed.

The names are those that lake.py gives. A part is first renamed out of everybody's sight and then
deleted: killed at any moment, a removal leaves it whole, or leaves what only the next one finds.
Not here: which parts may go (pipeline/prune.py), and the lock under which they go (lake.building).
"""

import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resources.lake import CURRENT

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
VERSION = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
DRAFT = re.compile(r"\.[0-9a-f]{16}(\.spec\.json)?")
REMOVED = ".removed-"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of an asset, or of a day of it; other files and folders in it are nobody's."""

    asset: str
    day: str | None
    folder: Path

    def shown(self) -> Path | None:
        """The version that readers see."""
        link = self.folder / CURRENT
        return link.resolve() if link.exists() else None

    def versions(self) -> list[Path]:
        """Every version, the shown one first, then the newest."""
        found = [path for path in self.folder.iterdir() if VERSION.fullmatch(path.name)]
        newest_first = sorted(found, key=lambda path: (path.stat().st_mtime_ns, path), reverse=True)
        shown = self.shown()
        return sorted(newest_first, key=lambda path: path.resolve() != shown)

    def drafts(self) -> list[Path]:
        """What runs have begun, and the specifications of their processes."""
        return sorted(path for path in self.folder.iterdir() if DRAFT.fullmatch(path.name))

    def holds_only(self, parts: Iterable[Path]) -> bool:
        """Whether these parts, and links, are all that is in the folder."""
        known = {*parts, self.folder / CURRENT, self.folder / f".{CURRENT}"}
        return set(self.folder.iterdir()) <= known

    def remains(self) -> list[Path]:
        """What a removal that was stopped has left."""
        return sorted(path for path in self.folder.iterdir() if path.name.startswith(REMOVED))


def shelves(base: Path) -> Iterator[Shelf]:
    """Every shelf of a lake, an asset before its days, in order of their names."""
    for folder in sorted(base.iterdir()) if base.is_dir() else []:
        if not folder.is_dir():
            continue
        whole = Shelf(folder.name, None, folder)
        if whole.versions() or whole.drafts() or whole.remains():
            yield whole
        for inner in sorted(folder.iterdir()):
            if DAY.fullmatch(inner.name) and inner.is_dir():
                yield Shelf(folder.name, inner.name, inner)


def remove(path: Path) -> None:
    """Remove a version, a draft, a day or what is left of one; the link that shows it goes first.

    The caller holds the lock of the asset or of the day (lake.building).
    """
    within, beside = path / CURRENT, path.with_name(CURRENT)
    if within.is_symlink():
        within.unlink()
    if beside.is_symlink() and beside.resolve() == path.resolve():
        beside.unlink()
    if not path.is_dir():
        path.unlink()
        return
    if not path.name.startswith(REMOVED):
        path = path.rename(path.with_name(REMOVED + path.name))
    shutil.rmtree(path)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 if somebody removes it just now.

    A file that has other links, as one in a snapshot for SQL has, counts with its share.
    """
    try:
        held = [part.lstat() for part in (path, *path.rglob("*")) if not part.is_dir()]
        return sum(one.st_size // one.st_nlink for one in held)
    except FileNotFoundError:
        return 0


def touched(path: Path) -> float:
    """When the newest part of it was written, seconds since the epoch; now, if it is changing."""
    try:
        return max(part.lstat().st_mtime for part in (path, *path.rglob("*")))
    except FileNotFoundError:
        return time.time()
