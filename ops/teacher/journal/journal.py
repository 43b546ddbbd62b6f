"""The journal of a lake: segments that are appended to, Parquet parts that are read.

    journal/lock                   held by the one process that asks
    journal/segments/000001.jsonl  what is happening now, see event.py and segment.py
    journal/parts/                 what has happened, see parts.py
    journal/quarantine/            broken lines of segments, as they were found
    journal/requests/              planned requests, see ops/teacher/planned.py

Opening it after a kill finds the segment that was being written, cuts its torn end, counts what was
in flight as spent, and compacts it. No answer that was acknowledged is lost, and none has two rows.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from ops.teacher.journal.event import Event
from ops.teacher.journal.parts import Parts, compact
from ops.teacher.journal.segment import Segment, recover

POLL_S = 0.5


class Journal:
    """Use it as a context manager: inside, this process is the only one that asks."""

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda told: None) -> None:
        """`say` is told once if another run has to end first, and where damaged lines are kept."""
        self.folder = folder
        self._say = say
        self._segment: Segment | None = None

    def __enter__(self) -> "Journal":
        (self.folder / "segments").mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            self._acquire()
            self.parts = Parts(self.folder / "parts")
            self._compact()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            if self._segment is not None:
                self._segment.close()
                self._segment = None
            self._compact()
        finally:
            os.close(self._lock)

    async def append(self, event: Event) -> None:
        """Return when the event is on disk for good. Raises DiskFull."""
        await self._current().append(event)

    def add(self, event: Event) -> None:
        """Write the event with the next commit, at the latest when the journal closes."""
        self._current().add(event)

    async def settle(self) -> None:
        """Return when no commit is under way; call it before the event loop ends."""
        if self._segment is not None:
            await self._segment.settle()

    def _current(self) -> Segment:
        if self._segment is None:
            numbers = [int(path.stem) for path in self._segments()]
            numbers += [int(name[5:11]) for name in self.parts.names]
            name = f"{max(numbers, default=0) + 1:06}.jsonl"
            self._segment = Segment(self.folder / "segments" / name)
        return self._segment

    def _acquire(self) -> None:
        told = False
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not told:
                    self._say(f"another run is asking the teacher ({self.folder}); waiting")
                told = True
                time.sleep(POLL_S)

    def _compact(self) -> None:
        for segment in self._segments():
            name = f"part-{segment.stem}.parquet"
            if name not in self.parts.names:
                part = self.folder / "parts" / name
                aside = self.folder / "quarantine" / segment.name
                if compact(recover(segment, aside), part):
                    self.parts.add(name)
                else:
                    part.unlink()
                if aside.exists():
                    told = "has damaged lines; they are kept in"
                    self._say(f"{segment} {told} {aside}, and what they held is asked again")
            segment.unlink()

    def _segments(self) -> list[Path]:
        return sorted((self.folder / "segments").glob("*.jsonl"))
