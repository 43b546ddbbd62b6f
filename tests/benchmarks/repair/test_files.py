"""The made-up files have the published numbers of rows and every oddity, and are the same again."""

from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.repair.files import HARD_FAILURE_ROWS, SELF_CRITIQUE_ROWS, write
from ops.critiques.gather import gather
from ops.student.turn import turns

ROOM = 2048


def test_the_files_have_as_many_rows_as_the_published_ones(tmp_path: Path) -> None:
    paths = write(tmp_path)
    counted = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    assert counted == [SELF_CRITIQUE_ROWS, HARD_FAILURE_ROWS] == [2484, 4942]


def test_every_oddity_is_there_and_found(tokenizer: Any, tmp_path: Path) -> None:
    found = gather(write(tmp_path, 200, 300), turns(tokenizer), ROOM)
    reasons = Counter(row["reason"] for row in found.rejected)
    assert set(reasons) == {"duplicate", "rewriter_truncated", "not_json", "empty", "unchanged"}
    assert sum(reasons.values()) + len(found.corrections) == found.read == 500
    assert sum(reasons.values()) < 0.1 * found.read


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, again = write(tmp_path, 50, 50), write(tmp_path / "again", 50, 50)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    other = write(tmp_path / "again", 50, 50, seed=8)
    assert first[0].read_bytes() != other[0].read_bytes()
