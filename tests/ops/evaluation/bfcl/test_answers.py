"""Answers on disk: what was whole before a kill is there after it, and nothing else is."""

from pathlib import Path

import pytest

from ops.evaluation.bfcl.answers import Answers, Held

FIRST, SECOND = ("a", Held("one\n", True)), ("b", Held("zwei ü \ud800", False))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Answers(tmp_path / "answers.jsonl") as held:
        held.add([FIRST])
        held.add([SECOND])
    return tmp_path / "answers.jsonl"


def test_what_was_added_is_found_by_its_key(path: Path) -> None:
    with Answers(path) as held:
        assert (held["a"], held["b"]) == (FIRST[1], SECOND[1])
        assert "c" not in held


@pytest.mark.parametrize(
    "damage",
    [b'{"key": "a"\n', b'{"key": "a"}\n', b'{"key": ["a"], "text": "", "finished": true}\n'],
    ids=["torn", "fields", "key"],
)
def test_a_damaged_line_is_asked_again_and_those_behind_it_are_not(
    path: Path, damage: bytes
) -> None:
    _, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(damage + second)
    with Answers(path) as held:
        assert "a" not in held
        assert held["b"] == SECOND[1]
        held.add([FIRST])
    with Answers(path) as held:
        assert (held["a"], held["b"]) == (FIRST[1], SECOND[1])
