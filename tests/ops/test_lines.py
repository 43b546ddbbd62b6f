"""Whatever happens to a file of lines, whole ones are kept and every other is known to be none."""

import os
from pathlib import Path
from typing import Any

import pytest

from ops.errors import DiskFull
from ops.lines import Lines, from_line, to_line

ROWS: list[dict[str, Any]] = [{"n": 1, "text": "é \ud800\n"}, {"n": 2.5}, {"n": [None, {"a": {}}]}]
DAMAGE = {
    "bytes": b"\xff\xfe\n",
    "list": b"[]\n",
    "nested": b"[" * 100_000 + b"\n",
    "null": b"null\n",
    "nothing": b"\n",
    "half": b'{"n": 2,\n',
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Lines(tmp_path / "file.jsonl") as lines:
        lines.append(map(to_line, ROWS))
    return tmp_path / "file.jsonl"


def rows(path: Path) -> list[dict[str, Any]]:
    with Lines(path) as lines:
        return list(lines.read(from_line))


def test_what_was_appended_is_read_and_opening_changes_nothing(path: Path) -> None:
    written = path.read_bytes()
    assert rows(path) == ROWS
    assert path.read_bytes() == written == b"".join(map(to_line, ROWS))


def test_torn_anywhere_the_whole_lines_before_are_kept(path: Path) -> None:
    whole = path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        # A line that lacks its newline alone is whole.
        kept = sum(end <= size for end in ends)
        assert rows(path) == ROWS[:kept]
        with Lines(path) as lines:
            lines.append(map(to_line, ROWS[kept:]))
        assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_line_is_passed_over_and_kept(path: Path, damage: bytes) -> None:
    first, *others = path.read_bytes().splitlines(keepends=True)
    damaged = first + damage + b"".join(others)
    path.write_bytes(damaged)
    aside = path.parent / "quarantine" / path.name
    with Lines(path) as lines:
        assert list(lines.read(from_line, aside)) == ROWS
        lines.append([to_line({"n": 9})])
    assert aside.read_bytes() == damage
    assert path.read_bytes() == damaged + to_line({"n": 9})


def test_without_damage_nothing_is_set_aside(path: Path) -> None:
    with Lines(path) as lines:
        assert list(lines.read(from_line, path.parent / "quarantine" / path.name)) == ROWS
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("room", [0, 40, 100])
def test_without_room_the_file_is_as_it_was_and_goes_on(
    path: Path, files_no_larger_than: Any, room: int
) -> None:
    before = path.read_bytes()
    more = [{"n": number, "text": "x" * 30} for number in range(3)]
    with Lines(path) as lines:
        with (
            files_no_larger_than(len(before) + room),
            pytest.raises(DiskFull, match=rf"holds {path} \(File too large\); free some space"),
        ):
            lines.append(map(to_line, more))
        assert path.read_bytes() == before
        lines.append(map(to_line, more))
    assert rows(path) == ROWS + more


def test_a_stop_between_two_writes_takes_them_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = path.read_bytes(), os.write

    def interrupted(file: int, data: memoryview) -> int:
        if data.nbytes < len(line):
            raise KeyboardInterrupt
        return write(file, data[:7])

    line = to_line({"n": 9})
    with Lines(path) as lines, pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(os, "write", interrupted)
        lines.append([line])
    assert path.read_bytes() == before


def test_lines_and_the_name_of_a_new_file_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []

    def note(file: int) -> None:
        synced.append(Path(f"/proc/self/fd/{file}").readlink())

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "fdatasync", note)
    path = tmp_path.resolve() / "file.jsonl"
    with Lines(path) as lines:
        lines.append([to_line({})])
        lines.append([to_line({})], durable=False)
    assert synced == [path.parent, path]
    assert rows(path) == [{}, {}]
    assert len(synced) == 2
