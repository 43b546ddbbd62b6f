"""A real student, of two layers, answers the cases; what it has answered it is not asked again."""

import shutil
from pathlib import Path

import pytest

from ops.errors import InputError
from ops.evaluation.bfcl import cases, student
from ops.evaluation.bfcl.answers import Answers
from tests.bfcl import write_benchmark

DECODING = student.Decoding(max_new_tokens=8, constrained=False)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[cases.Case]:
    folder = write_benchmark(tmp_path_factory.mktemp("bfcl") / "data")
    found = [case for name in cases.present(folder)[0] for case in cases.read(folder, name)]
    return [case for case in found if not case.problem]


def test_every_case_is_answered_and_a_rerun_asks_nothing(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    said = student.answers_of(student_folder, listed, DECODING, Answers(path))
    assert set(said) == {case.id for case in listed}
    assert all(one.answer and not one.missing for one in said.values())
    written = path.read_bytes()
    assert student.answers_of(student_folder, listed, DECODING, Answers(path)) == said
    assert path.read_bytes() == written
    # One answer is lost: its batch is asked again, and says the same.
    path.write_bytes(b"".join(written.splitlines(keepends=True)[:-1]))
    assert student.answers_of(student_folder, listed, DECODING, Answers(path)) == said


def test_under_the_grammar_an_answer_opens_no_broken_call(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    how = student.Decoding(max_new_tokens=64, constrained=True)
    said = student.answers_of(student_folder, listed[:2], how, Answers(tmp_path / "answers.jsonl"))
    free = student.Decoding(max_new_tokens=64, constrained=False)
    assert student.identity(student_folder, how) != student.identity(student_folder, free)
    for one in said.values():
        assert isinstance(one.answer, str)
        assert "<tool_call>" not in one.answer or "shape_area" in one.answer or not one.finished


def test_a_case_without_room_is_told(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    how = student.Decoding(max_new_tokens=510, constrained=False)
    said = student.answers_of(student_folder, listed, how, Answers(tmp_path / "answers.jsonl"))
    assert {one.missing for one in said.values()} == {"too_long"}
    assert "and 2 are left" in said[listed[0].id].detail


def test_batches_hold_what_fits_and_at_least_one(listed: list[cases.Case]) -> None:
    asked = [student.Asked(listed[0], "", tokens, str(tokens)) for tokens in (90, 100, 40_000)]
    batches = list(student._batches(asked * 1, answer=10))
    assert [[one.tokens for one in batch] for batch in batches] == [[90, 100], [40_000]]


def test_a_folder_without_a_student_is_refused(student_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no config.json and no tokenizer.json there"):
        student.identity(tmp_path, DECODING)
    bare = shutil.copytree(student_folder, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match="has no chat template"):
        student.identity(bare, DECODING)
