"""Files of JSON lines that are appended to: what a stopped run goes on from, one rule for all.

    a line is written    whole or not at all: without room the file is as it was, and the error
                         says what to do
    a torn end is cut    when the file is opened again; an end that lacks only its newline gets it
    a damaged line       between whole ones is passed over and what it held is asked again, because
                         nobody should have to mend a file by hand to go on, and the lines behind it
                         are as good as before; it stays where it is, and who removes the file keeps
                         a copy, because it may be the only trace of an answer that was paid for

Not here: what a line says, which is for whoever reads it.
"""

import json
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ops.entry import NO_ROOM, disk_full

T = TypeVar("T")


class Lines:
    """One such file, open; a context manager. Who writes it is alone, or holds a lock."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it in a folder that is there.

        Raises:
            DiskFull: it could not be made.
        """
        self.path = path
        new = not path.exists()
        with _room(path):
            self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
            if new:
                sync(path.parent)
            else:
                _mend(self._file)

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def append(self, lines: Iterable[bytes], durable: bool = True) -> None:
        """Write whole lines, each with its newline; on disk for good when this returns.

        Args:
            lines: all are written or none is.
            durable: False leaves it to the system when they reach the disk: a kill takes nothing,
                a power cut may.

        Raises:
            DiskFull: there was no room; the file is as it was.
        """
        size = os.fstat(self._file).st_size
        with _room(self.path):
            try:
                _write(self._file, b"".join(lines))
                if durable:
                    os.fdatasync(self._file)
            except BaseException:
                os.ftruncate(self._file, size)
                raise

    def read(self, known: Callable[[bytes], T | None], aside: Path | None = None) -> Iterator[T]:
        """What `known` makes of each line, in order; None says that the line is damaged.

        Args:
            known: is given a line with its newline.
            aside: file for copies of the damaged lines; made only if there are any.
        """
        damaged = []
        with self.path.open("rb") as stream:
            for line in stream:
                value = known(line)
                if value is None:
                    damaged.append(line)
                else:
                    yield value
        if damaged and aside is not None:
            aside.parent.mkdir(exist_ok=True)
            aside.write_bytes(b"".join(damaged))
            sync(aside)
            sync(aside.parent)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def to_line(value: dict[str, Any]) -> bytes:
    """The value as a line, ASCII alone, so that what is no Unicode is kept too.

    >>> to_line({"a": "é"})
    b'{"a": "\\\\u00e9"}\\n'
    """
    return json.dumps(value).encode("ascii") + b"\n"


def from_line(line: bytes) -> dict[str, Any] | None:
    """The value of a line; None where it holds none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


@contextmanager
def _room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise disk_full(error, path) from error
        raise


def _write(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _mend(file: int) -> None:
    """Cut what follows the last newline, or end it: no part of an object is an object."""
    size = os.fstat(file).st_size
    if not size:
        return
    with mmap.mmap(file, size, access=mmap.ACCESS_READ) as held:
        whole = held.rfind(b"\n") + 1
        end = held[whole:]
    if from_line(end) is not None:
        _write(file, b"\n")
    elif end:
        os.ftruncate(file, whole)
