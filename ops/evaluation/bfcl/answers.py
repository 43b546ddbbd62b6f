"""A student's answers on disk as they come: what a stopped measurement goes on from.

    answers-<digest of who answers and how>.jsonl    {"key", "text", "finished"} a line

Nothing else is looked up by, so a file of another student is never read. Not here: how lines are
kept and what becomes of a damaged one (ops/lines.py).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ops.lines import Lines, from_line, to_line


class Held(NamedTuple):
    """One answer: its text, and whether the student ended it."""

    text: str
    finished: bool


class Answers:
    """The answers of one file by the key of what was asked; a context manager."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the `with` block."""
        self._path = path
        self._held: dict[str, Held] = {}

    def __enter__(self) -> "Answers":
        self._lines = Lines(self._path)
        self._held = dict(self._lines.read(_answer))
        return self

    def __exit__(self, *raised: object) -> None:
        self._lines.close()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __getitem__(self, key: str) -> Held:
        return self._held[key]

    def add(self, answers: Iterable[tuple[str, Held]]) -> None:
        """Return when they are on disk for good. Raises DiskFull."""
        added = dict(answers)
        self._lines.append(to_line({"key": key} | one._asdict()) for key, one in added.items())
        self._held |= added


def _answer(line: bytes) -> tuple[str, Held] | None:
    row = from_line(line) or {}
    key, text, finished = row.get("key"), row.get("text"), row.get("finished")
    if isinstance(key, str) and isinstance(text, str) and isinstance(finished, bool):
        return key, Held(text, finished)
    return None
