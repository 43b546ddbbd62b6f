"""A question to a snapshot: asked in a process of its own, answered as Arrow, ended in time.

What the process may do is its own business (child.py). Here it is started, its answer is read as it
comes, and it is killed when its time is over, when nobody reads on, or when this process ends.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops.entry import die_with_parent
from ops.errors import ContractError, InputError
from resources.profile import ROOT
from resources.warehouse.tables import LINK

# Of the environment only what a program needs to run: no key reaches a question.
PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take.

    Attributes:
        seconds: on the clock, from the start of its process.
        memory_mb: megabytes for the data of the question.
        rows: rows that come back, the first ones; None = all.
    """

    seconds: float = 60.0
    memory_mb: int = 2_000
    rows: int | None = None


class Answer:
    """An answer that is being computed: its columns at once, its rows as they are read."""

    def __init__(self, child: "subprocess.Popen[bytes]", limits: Limits) -> None:
        """The clock runs from here."""
        self._child, self._limits = child, limits
        self.left_off = 0
        self.expired = threading.Event()
        self._timer = threading.Timer(limits.seconds, self._expire)
        self._timer.start()

    def open(self) -> None:
        """Wait for the columns. Raises InputError: there is no answer; ContractError: no tables."""
        assert self._child.stdout is not None
        try:
            self._reader = pa.ipc.open_stream(self._child.stdout)
        except (pa.ArrowInvalid, OSError):
            raise self._failure() from None
        self.schema: pa.Schema = self._reader.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The rows in batches; `left_off` is known after the last."""
        try:
            yield from self._reader
        except (pa.ArrowInvalid, OSError):
            raise self._failure() from None
        report = self._report()
        if self._child.returncode or report is None or self.expired.is_set():
            raise self._failure(report)
        self.left_off = int(report["left_off"])

    def close(self) -> None:
        """End the process, whatever it does."""
        self._timer.cancel()
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def _expire(self) -> None:
        self.expired.set()
        self._child.kill()

    def _report(self) -> dict[str, Any] | None:
        """The last line that the child said, if it said how it ended."""
        assert self._child.stderr is not None
        lines = self._child.stderr.read().splitlines()
        self._child.wait()
        try:
            found: dict[str, Any] = json.loads(lines[-1])
            return found if "left_off" in found else None
        except (IndexError, ValueError, TypeError):
            return None

    def _failure(self, report: dict[str, Any] | None = None) -> InputError | ContractError:
        report = report or self._report()
        if self.expired.is_set() or self._child.returncode in (-9, -24):
            return InputError(
                f"that query was stopped after {self._limits.seconds:g} s; ask for less, or allow "
                f"it more with --timeout"
            )
        if report is None:
            return InputError(
                f"that query does not run: the process that answers it ended with exit code "
                f"{self._child.returncode}"
            )
        if report["about"] == "snapshot":
            return ContractError(
                f"the snapshot is damaged ({report['problem']}); delete its folder warehouse and "
                f"run the pipeline again"
            )
        if report["about"] == "memory":
            return InputError(
                f"that query needs more than {self._limits.memory_mb} MB; ask for less, or allow "
                f"it more with --memory"
            )
        return InputError(f"that query does not run: {report['problem']}")


@contextmanager
def held(lake: Path) -> Iterator[Path]:
    """The folder of the newest snapshot of a lake, which stays there as long as the block lasts.

    Raises:
        ContractError: there is none.
    """
    link = lake / LINK
    try:
        file = link.resolve(strict=True)
        stream = file.open("rb")
    except OSError as error:
        raise ContractError(
            f"{link} is not there; run `apprentice demo` or materialize failure_table first"
        ) from error
    with stream:
        # As DuckDB locks what it reads; a console that opened it to write holds it there as well.
        with suppress(BlockingIOError):
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield file.parent


@contextmanager
def asked(snapshot: Path, question: str, limits: Limits) -> Iterator[Answer]:
    """The answer to a question to the snapshot in this folder, while the block lasts.

    Raises:
        ContractError: the snapshot is damaged.
        InputError: the question is refused, is none, or takes more than it may; one line.
    """
    processors = len(os.sched_getaffinity(0))
    spec = {
        "snapshot": str(snapshot),
        "question": question,
        "rows": limits.rows,
        "memory_mb": limits.memory_mb,
        "processor_s": int(limits.seconds * processors) + 2,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "resources.warehouse.child"],
        cwd=ROOT,
        env={name: os.environ[name] for name in PASSED if name in os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    answer = Answer(child, limits)
    try:
        assert child.stdin is not None
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(spec).encode())
            child.stdin.close()
        answer.open()
        yield answer
    finally:
        answer.close()


def ask(
    lake: Path, question: str, limits: Limits | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of an answer, all in memory; raises as `held` and `asked` do."""
    with held(lake) as snapshot, asked(snapshot, question, limits or Limits()) as answer:
        rows = [row for batch in answer for row in rows_of(batch)]
        return list(answer.schema.names), rows


def rows_of(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """The rows of a batch; two columns may have one name."""
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
