"""What a student has answered so far, on disk: one JSON line a batch, gone on with after a stop.

    logs/answers-<fingerprint>.jsonl    the fields of Batch a line

The batches of an evaluation are a function of its prompts and settings. One that is recorded is not
asked again, and one that is not is asked whole: the answers are the same bytes, stopped or not,
even where a neighbour in the batch moves a number by its last bit. Not here: how lines are kept and
what becomes of a damaged one (ops/lines.py), who answers (decode.py), what is made of it (run.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.lines import Lines, from_line, to_line


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
        """A file of another fingerprint is never read."""
        self.path = out / "logs" / f"answers-{fingerprint[:12]}.jsonl"
        self.batches: dict[tuple[str, int], Batch] = {}

    def __enter__(self) -> "Answers":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lines = Lines(self.path)
        for batch in self._lines.read(_batch):
            self.batches[batch.task, batch.number] = batch
        return self

    def __exit__(self, *raised: object) -> None:
        self._lines.close()

    def find(self, task: str, number: int, ids: list[str]) -> list[Any] | None:
        """The values of this batch, if it was recorded with exactly these ids."""
        held = self.batches.get((task, number))
        return held.values if held and held.ids == ids else None

    def add(self, batch: Batch) -> None:
        """Return when the batch is on disk for good. Raises DiskFull."""
        self._lines.append([to_line({name: getattr(batch, name) for name in Batch.__slots__})])
        self.batches[batch.task, batch.number] = batch


def _batch(line: bytes) -> Batch | None:
    try:
        batch = Batch(**(from_line(line) or {}))
        whole = len(batch.ids) == len(batch.values) and isinstance(batch.task, str)
    except TypeError:
        return None
    return batch if whole and isinstance(batch.number, int) else None
