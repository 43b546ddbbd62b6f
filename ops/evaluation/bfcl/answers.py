"""A student's answers on disk as they come: what a stopped measurement goes on from.

    answers-<digest of who answers and how>.jsonl    {"key", "text", "finished"} a line

A line is whole or it does not count: what a kill has torn off at the end is cut before anything is
written behind it. Nothing else is looked up by, so a file of another student is never read.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ops.entry import NO_ROOM, disk_full
from ops.errors import InputError


class Held(NamedTuple):
    """One answer: its text, and whether the student ended it."""

    text: str
    finished: bool


class Answers:
    """The answers of one file by the key of what was asked."""

    def __init__(self, path: Path) -> None:
        """Read what is there, and cut a torn end.

        Raises:
            InputError: a line is damaged; says which.
        """
        self._path = path
        self._held: dict[str, Held] = {}
        if path.exists():
            _cut(path)
            self._read()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __getitem__(self, key: str) -> Held:
        return self._held[key]

    def add(self, answers: Iterable[tuple[str, Held]]) -> None:
        """Append; on disk when this returns.

        Raises:
            DiskFull: there was no room; what is torn is cut at the next start.
        """
        added = dict(answers)
        lines = [
            json.dumps({"key": key, "text": held.text, "finished": held.finished}) + "\n"
            for key, held in added.items()
        ]
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.writelines(lines)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            if error.errno in NO_ROOM:
                raise disk_full(error, self._path) from error
            raise
        self._held |= added

    def _read(self) -> None:
        with self._path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    row = json.loads(line)
                    self._held[row["key"]] = Held(row["text"], row["finished"])
                except (ValueError, KeyError, TypeError) as error:
                    raise InputError(
                        f"{self._path}:{number} is damaged; delete that line, and its case is "
                        f"asked again"
                    ) from error


def _cut(path: Path) -> None:
    """Cut what follows the last end of a line."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
