"""The journal: every answer that was paid for, one line each, written before anything else is done.

A line is {"key", "answer", "cost"}: the scrubbed record of ops.teacher.wire, never raw bytes. A
torn last line (a kill in the middle of a write) is cut off; a broken line elsewhere is counted,
skipped and left where it is. One process at a time holds the journal. Not here: asking, which is
in resources/teacher.py.
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from ops.errors import TeacherError
from ops.teacher.wire import Answer

SYNC_EVERY = 64


class Journal:
    """Answers by request key, on disk; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the `with` block."""
        self.path = path
        self.broken = 0
        self.spent_microdollars = 0
        self._answers: dict[str, tuple[int, int]] = {}
        self.appended = 0
        self._unsynced = 0

    def __enter__(self) -> "Journal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise TeacherError(
                f"{self.path} is in use by another run; wait for it to end, or stop it"
            ) from error
        self._index()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._sync()
        finally:
            self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def __len__(self) -> int:
        return len(self._answers)

    def answer(self, key: str) -> tuple[Answer, int]:
        """The answer under this key and its cost in micro-dollars."""
        start, length = self._answers[key]
        self._file.seek(start)
        line = json.loads(self._file.read(length))
        return Answer.from_json(line["answer"]), int(line["cost"])

    def append(self, key: str, answer: Answer, cost: int) -> None:
        """Write one answer; it is on disk for good at most 64 answers later, or at the end."""
        record = {"key": key, "answer": answer.as_json(), "cost": cost}
        line = json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(line)
        self._answers[key] = (start, len(line))
        self.spent_microdollars += cost
        self.appended += 1
        self._unsynced += 1
        if self._unsynced >= SYNC_EVERY:
            self._sync()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unsynced = 0

    def _index(self) -> None:
        self._file.seek(0)
        start = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(start)
                break
            try:
                record = json.loads(line)
                key, cost, _ = str(record["key"]), int(record["cost"]), record["answer"]["content"]
                self._answers[key] = (start, len(line))
                self.spent_microdollars += cost
            except (ValueError, KeyError, TypeError):
                self.broken += 1
            start += len(line)
