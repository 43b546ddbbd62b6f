"""The file of answers: what of it is believed when it is opened again."""

import resource
from pathlib import Path

import pytest

from ops.evaluation.answers import FILE, Answers, Batch

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


def test_cut_anywhere_the_whole_lines_before_are_kept(begun: Path) -> None:
    path = begun / FILE
    whole = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(0, len(whole), 5):
        path.write_bytes(whole[:size])
        with Answers(begun, "f") as answers:
            assert len(answers.batches) == max(0, sum(end <= size for end in ends) - 1)
            answers.add(SECOND)
        with Answers(begun, "f") as answers:
            assert answers.batches["free", 1] == SECOND


def test_a_full_disk_loses_what_did_not_fit_and_nothing_else(begun: Path) -> None:
    path = begun / FILE
    whole = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Answers(begun, "f") as answers:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 40, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                answers.add(Batch("free", 2, ["d"], ["x" * 100], 1, 0.5))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(path.read_bytes()) == len(whole) + 40
    with Answers(begun, "f") as answers:
        assert answers.batches == {("free", 0): FIRST, ("free", 1): SECOND}
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "damage",
    [b"\xff\xfe\n", b"[]\n", b'{"task": "free"}\n', b"[" * 100_000 + b"\n", b"null\n"],
    ids=["bytes", "list", "fields", "nested", "null"],
)
def test_a_damaged_line_ends_what_is_believed(begun: Path, damage: bytes) -> None:
    path = begun / FILE
    head, first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + first + damage + second)
    with Answers(begun, "f") as answers:
        assert list(answers.batches) == [("free", 0)]
    assert path.read_bytes() == head + first
