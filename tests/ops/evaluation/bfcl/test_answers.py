"""Answers on disk: what was whole before a kill is there after it, and nothing else is."""

from pathlib import Path

import pytest

from ops.errors import InputError
from ops.evaluation.bfcl.answers import Answers, Held

FIRST, SECOND = ("a", Held("one\n", True)), ("b", Held("zwei ü", False))


def test_a_torn_end_is_cut_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    Answers(path).add([FIRST])
    kept = path.stat().st_size
    Answers(path).add([SECOND])
    whole = path.read_bytes()
    for size in range(kept, len(whole)):
        path.write_bytes(whole[:size])
        held = Answers(path)
        assert held["a"] == FIRST[1]
        assert "b" not in held
        held.add([SECOND])
        assert path.read_bytes() == whole
    assert Answers(path)["b"] == SECOND[1]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    Answers(path).add([FIRST])
    path.write_text('{"key": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"answers.jsonl:1 is damaged; delete that line"):
        Answers(path)
