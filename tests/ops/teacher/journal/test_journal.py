"""The journal keeps what was paid for: torn ends, broken lines, full disks, kills."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ops.errors import DiskFull
from ops.teacher.journal import event
from ops.teacher.journal.journal import Journal
from ops.teacher.journal.parts import Parts, compact
from ops.teacher.wire import Answer

ROOT = Path(__file__).parents[4]
FOR_EVER = """
import asyncio, itertools, sys
from pathlib import Path
from typing import Any
from ops.teacher.journal import event
from ops.teacher.journal.journal import Journal
from ops.teacher.wire import Answer

async def write(journal, worker):
    for number in itertools.count(worker, 8):
        key = f"{number:064x}"
        await journal.append(event.sent(key, 10, 5))
        await journal.append(event.ok(key, Answer(content="x" * 300), 2, "usage", 1))
        print(number, flush=True)

async def main():
    with Journal(Path(sys.argv[1])) as journal:
        await asyncio.gather(*(write(journal, worker) for worker in range(8)))

asyncio.run(main())
"""


def key(number: int) -> str:
    return f"{number:064x}"


def answer(number: int) -> list[event.Event]:
    return [
        event.sent(key(number), 10, 5),
        event.ok(key(number), Answer(content=str(number)), 2, "usage", 1),
    ]


def write(folder: Path, *events: event.Event) -> None:
    async def append() -> None:
        for one in events:
            await journal.append(one)
        await journal.settle()

    with Journal(folder) as journal:
        asyncio.run(append())


def segment(folder: Path) -> Path:
    """A segment as a kill leaves it: three answers, and a request in flight."""
    lines = [event.to_line(one) for n in (1, 2, 3) for one in answer(n)]
    path = folder / "segments" / "000001.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(lines) + event.to_line(event.sent(key(4), 10, 5)))
    return path


def test_what_was_appended_is_there_after_closing(tmp_path: Path) -> None:
    write(tmp_path, *answer(1))
    write(tmp_path, *answer(2))
    with Journal(tmp_path) as journal:
        assert journal.parts.get(key(1)).answer.content == "1"
        assert journal.parts.get(key(2)).answer.content == "2"
        assert journal.parts.names == ["part-000001.parquet", "part-000002.parquet"]
    assert list((tmp_path / "segments").iterdir()) == []


def test_after_a_kill_answers_are_kept_and_what_was_in_flight_is_paid_for(tmp_path: Path) -> None:
    segment(tmp_path)
    with Journal(tmp_path) as journal:
        assert [key(n) in journal.parts for n in (1, 2, 3, 4)] == [True, True, True, False]
        assert journal.parts.spent == 3 * 2 + 5


@pytest.mark.parametrize("cut", [1, 30, 150])
def test_a_torn_end_is_cut(tmp_path: Path, cut: int) -> None:
    path = segment(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(tmp_path) as journal:
        assert [key(n) in journal.parts for n in (1, 2)] == [True, True]
        assert not (tmp_path / "quarantine").exists()


def test_a_broken_line_is_set_aside_and_its_request_counts_as_paid(tmp_path: Path) -> None:
    path = segment(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][:40] + b"\xff\x00" + lines[3][42:]
    path.write_bytes(b"".join(lines[:4]) + b'{"event":"ok","key":"12"}\n' + b"".join(lines[4:]))
    told: list[str] = []
    with Journal(tmp_path, told.append) as journal:
        assert [key(n) in journal.parts for n in (1, 2, 3, 4)] == [True, False, True, False]
        assert journal.parts.spent == 2 + 5 + 2 + 5
    aside = tmp_path / "quarantine" / "000001.jsonl"
    (line,) = told
    assert line.endswith(f"kept in {aside}, and what they held is asked again")
    kept = aside.read_bytes()
    assert kept == lines[3] + b'{"event":"ok","key":"12"}\n'


def test_a_kill_between_compaction_and_manifest_loses_and_doubles_nothing(tmp_path: Path) -> None:
    segment(tmp_path)
    (tmp_path / "parts").mkdir()
    compact(answer(1), tmp_path / "parts" / "part-000001.parquet")
    with Journal(tmp_path) as journal:
        assert len(journal.parts) == 3
        assert journal.parts.spent == 11


def test_a_kill_between_manifest_and_removal_doubles_nothing(tmp_path: Path) -> None:
    path = segment(tmp_path)
    held = path.read_bytes()
    with Journal(tmp_path):
        pass
    path.write_bytes(held)
    with Journal(tmp_path) as journal:
        assert (len(journal.parts), journal.parts.spent) == (3, 11)
    assert not path.exists()


def test_a_session_without_events_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, event.sent(key(1), 10, 5), event.free(key(1), "rate_limited"))
    assert Parts(tmp_path / "parts").names == []
    assert list((tmp_path / "parts").iterdir()) == []


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    inside = threading.Event()

    def second() -> None:
        with Journal(tmp_path, told.append):
            inside.set()

    with Journal(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        assert not inside.wait(0.8)
    assert inside.wait(5)
    thread.join()
    assert len(told) == 1
    assert told[0].startswith("another run is asking the teacher")


def test_a_full_disk_keeps_what_was_written_and_says_what_to_do(
    tmp_path: Path, files_no_larger_than: Any
) -> None:
    async def append() -> None:
        for number in range(1000):
            for one in answer(number):
                await journal.append(one)

    with Journal(tmp_path) as journal:
        with files_no_larger_than(4000), pytest.raises(DiskFull, match="free some space"):
            asyncio.run(append())
        (left,) = (tmp_path / "segments").iterdir()
        assert left.read_bytes().endswith(b"\n")
    assert 2 < len(Parts(tmp_path / "parts")) < 100


def test_lines_that_wait_together_are_synced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (synced.append(file), real(file)))

    async def append() -> None:
        await asyncio.gather(*(journal.append(answer(n)[1]) for n in range(200)))

    with Journal(tmp_path) as journal:
        asyncio.run(append())
    assert len(synced) < 20
    assert len(Parts(tmp_path / "parts")) == 200


@pytest.mark.parametrize("acknowledged", [1, 40, 300])
def test_every_acknowledged_answer_survives_kill_9(tmp_path: Path, acknowledged: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FOR_EVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        known = [int(child.stdout.readline()) for _ in range(acknowledged)]
        os.kill(child.pid, signal.SIGKILL)
        known += [int(line) for line in child.stdout.read().splitlines()]
    with Journal(tmp_path) as journal:
        assert all(key(number) in journal.parts for number in known)
        orphans = (journal.parts.spent - 2 * len(journal.parts)) / 5
        assert orphans in range(9)
