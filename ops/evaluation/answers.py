"""What a student has answered so far, on disk: one JSON line a batch, gone on with after a stop.

The batches of an evaluation are a function of its prompts and settings. One that is recorded is not
asked again, and one that is not is asked whole: the answers are the same bytes, stopped or not,
even where a neighbour in the batch moves a number by its last bit. A torn or damaged line is cut
off with all that follows it. Not here: who answers (decode.py), what is made of it (run.py).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

FILE = "logs/answers.jsonl"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that has ended: a value a prompt, in order, and how long it took."""

    task: str
    number: int
    ids: list[str]
    values: list[Any]
    tokens: int
    seconds: float


class Answers:
    """The file of one evaluation; a context manager."""

    def __init__(self, out: Path, fingerprint: str) -> None:
        """Goes on with what is there, if it was begun with the same fingerprint."""
        self._path = out / FILE
        self._fingerprint = fingerprint
        self.batches: dict[tuple[str, int], Batch] = {}

    def __enter__(self) -> "Answers":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._recover()
        self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        os.ftruncate(self._file, whole)
        if not whole:
            self._put({"fingerprint": self._fingerprint})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def find(self, task: str, number: int, ids: list[str]) -> list[Any] | None:
        """The values of this batch, if it was recorded with exactly these ids."""
        held = self.batches.get((task, number))
        return held.values if held and held.ids == ids else None

    def add(self, batch: Batch) -> None:
        """Return when the batch is on disk for good."""
        self._put({name: getattr(batch, name) for name in Batch.__slots__})
        self.batches[batch.task, batch.number] = batch

    def _put(self, value: dict[str, Any]) -> None:
        line = (json.dumps(value) + "\n").encode()
        while line:
            line = line[os.write(self._file, line) :]
        os.fdatasync(self._file)

    def _recover(self) -> int:
        """Bytes of the file that are whole lines of this evaluation; their batches are taken."""
        if not self._path.exists():
            return 0
        size = 0
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream):
                held = _read(line)
                if held is None or (number == 0 and held != {"fingerprint": self._fingerprint}):
                    break
                if number:
                    try:
                        batch = Batch(**held)
                        self.batches[batch.task, batch.number] = batch
                    except TypeError:
                        break
                size += len(line)
        return size


def _read(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        held = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) else None
