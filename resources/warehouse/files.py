"""The only files that a question reaches: those of its snapshot, and none of them for writing.

DuckDB's own guard is not enough: `copy ... (use_tmp_file false)`, also inside a `with`, writes over
each file that a closed connection may read, its own database too (DuckDB 2.0). So the connection
has no files of this machine at all, and reads these through here.
"""

import io
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import get_ident
from typing import Any

from fsspec import AbstractFileSystem

PROTOCOL = "lake"
ROOT = f"{PROTOCOL}://"


class Opened(io.RawIOBase):
    """An open file with a place for each thread: DuckDB's threads share one, and each goes to its
    bytes and reads them in two steps. It closes itself: DuckDB forgets most of them without.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError as `open` does."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._at: dict[int, int] = {}

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As many bytes as are left and fit."""
        begin = self._at.get(get_ident(), 0)
        count = os.preadv(self._descriptor, [buffer], begin)
        self._at[get_ident()] = begin + count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte, counted from the beginning, this thread's place, or the end."""
        begins = {
            os.SEEK_SET: 0,
            os.SEEK_CUR: self._at.get(get_ident(), 0),
            os.SEEK_END: os.fstat(self._descriptor).st_size,
        }
        self._at[get_ident()] = begins[whence] + offset
        return self._at[get_ident()]

    def close(self) -> None:
        """Once."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class Published(AbstractFileSystem):  # type: ignore[misc]  # it has no types
    """The named files of a folder as lake://NAME, read-only."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        """Nothing is opened."""
        super().__init__()
        self._files = {name: folder / name for name in names}

    def open(self, path: str, mode: str = "rb", **_: Any) -> Opened:
        """The file's bytes. Raises PermissionError for another mode, or what is not published."""
        if mode != "rb":
            raise PermissionError(f"{path} can only be read")
        return Opened(self._at(path))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Its size, as DuckDB asks for it."""
        return {"name": path, "size": self._at(path).stat().st_size, "type": "file"}

    def modified(self, path: str) -> datetime:
        """A published file does not change; when it was written."""
        return datetime.fromtimestamp(self._at(path).stat().st_mtime, UTC)

    def exists(self, path: str, **_: Any) -> bool:
        """Whether it is published."""
        return path.removeprefix(ROOT) in self._files

    def glob(self, path: str, **_: Any) -> list[str]:
        """A name stands for itself; there are no patterns."""
        return [path.removeprefix(ROOT)] if self.exists(path) else []

    def _at(self, path: str) -> Path:
        found = self._files.get(path.removeprefix(ROOT))
        if found is None:
            raise PermissionError(f"{path} is no file of the snapshot")
        return found
