"""The file of answers: what of it is believed when it is opened again."""

from pathlib import Path

import pytest

from ops.evaluation.answers import Answers, Batch
from ops.lines import to_line

FIRST = Batch("free", 0, ["a", "b"], [["é \ud800", 3, True], ["", 1, False]], 4, 0.25)
SECOND = Batch("free", 1, ["c"], [[0.1 + 0.2, 1]], 1, 0.5)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    with Answers(tmp_path, "f") as answers:
        answers.add(FIRST)
        answers.add(SECOND)
    return tmp_path


def test_what_was_added_is_found_by_its_ids_alone(begun: Path) -> None:
    with Answers(begun, "f") as answers:
        assert answers.batches == {("free", 0): FIRST, ("free", 1): SECOND}
        assert answers.find("free", 1, ["c"]) == SECOND.values
        assert answers.find("free", 1, ["d"]) is None
        assert answers.find("constrained", 1, ["c"]) is None


def test_answers_of_another_student_or_setting_are_not_taken(begun: Path) -> None:
    with Answers(begun, "g") as answers:
        assert answers.batches == {}
        answers.add(SECOND)
    with Answers(begun, "g") as answers:
        assert answers.batches == {("free", 1): SECOND}
    with Answers(begun, "f") as answers:
        assert len(answers.batches) == 2


@pytest.mark.parametrize(
    "damage",
    [
        b"\xff\xfe\n",
        b'{"task": "free"}\n',
        to_line({"more": 1} | {name: getattr(FIRST, name) for name in Batch.__slots__}),
        *(
            to_line({name: getattr(FIRST, name) for name in Batch.__slots__} | odd)
            for odd in ({"task": []}, {"number": {}}, {"ids": None}, {"values": []})
        ),
    ],
    ids=["bytes", "field", "fields", "task", "number", "ids", "values"],
)
def test_a_damaged_line_is_asked_again_and_those_behind_it_are_not(
    begun: Path, damage: bytes
) -> None:
    path = Answers(begun, "f").path
    _, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(damage + second)
    with Answers(begun, "f") as answers:
        assert answers.batches == {("free", 1): SECOND}
        answers.add(FIRST)
    with Answers(begun, "f") as answers:
        assert answers.batches == {("free", 0): FIRST, ("free", 1): SECOND}
