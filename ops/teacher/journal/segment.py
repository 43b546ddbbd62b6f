"""One append-only file of the journal: group commit while it is open, recovery after a kill.

Lines that wait while the disk is busy are committed together by its next fdatasync, so durability
costs one sync for as many requests as are in flight (measured in benchmarks/teacher_client).
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from ops.errors import DiskFull
from ops.lines import Lines
from ops.teacher.journal.event import Event, from_line, to_line


class Segment:
    """The file that this session writes."""

    def __init__(self, path: Path) -> None:
        """Begin it."""
        self._file = Lines(path)
        self._lines: list[bytes] = []
        self._waiting: asyncio.Future[None] | None = None
        self._committing: asyncio.Task[None] | None = None

    def add(self, event: Event) -> None:
        """Write with the next commit, without waiting for it."""
        self._lines.append(to_line(event))

    async def append(self, event: Event) -> None:
        """Return when the event is on disk for good.

        Raises:
            DiskFull: it could not be written; the file ends with the last whole commit.
        """
        loop = asyncio.get_running_loop()
        self.add(event)
        if self._waiting is None:
            self._waiting = loop.create_future()
        waiting = self._waiting
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        await asyncio.shield(waiting)

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting is not None:
                lines, waiting = self._lines, self._waiting
                self._lines, self._waiting = [], None
                try:
                    await loop.run_in_executor(None, self._file.append, lines)
                except (OSError, DiskFull) as error:
                    waiting.set_exception(error)
                    waiting.exception()  # whoever waits may be gone by now
                else:
                    waiting.set_result(None)
        finally:
            self._committing = None

    async def settle(self) -> None:
        """Return when no commit is under way."""
        while self._committing is not None:
            await asyncio.wait({self._committing})

    def close(self) -> None:
        """Write what waits, and close."""
        try:
            if self._lines:
                self._file.append(self._lines)
        finally:
            self._lines = []
            self._file.close()


def recover(path: Path, aside: Path) -> Iterator[Event]:
    """The events of a segment whose writer is gone; it is removed once Parquet has them.

    Damaged lines are therefore copied to the file `aside`, whose folder is made for it.
    """
    with Lines(path) as segment:
        yield from segment.read(from_line, aside)
