"""A real student, of two layers, answers the cases; what it has answered it is not asked again."""

import json
import shutil
from pathlib import Path

import pytest

from ops import tables
from ops.errors import InputError
from ops.evaluation.bfcl import cases, student
from ops.evaluation.bfcl.answers import Answers
from ops.evaluation.bfcl.contract import CASES
from ops.evaluation.bfcl.identity import Decoding, identity
from ops.evaluation.bfcl.rows import Said
from ops.statistics.wilson import wilson
from pipeline.cli.evaluate import evaluate
from tests.bfcl import write_benchmark

DECODING = Decoding(max_new_tokens=8, constrained=False)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[cases.Case]:
    folder = write_benchmark(tmp_path_factory.mktemp("bfcl") / "data")
    found = [case for name in cases.present(folder)[0] for case in cases.read(folder, name)]
    return [case for case in found if not case.problem]


def test_every_case_is_answered_and_a_rerun_asks_nothing(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"

    def answered() -> dict[str, Said]:
        with Answers(path) as held:
            return student.answers_of(student_folder, listed, DECODING, held)

    said = answered()
    assert set(said) == {case.id for case in listed}
    assert all(one.answer and not one.missing for one in said.values())
    written = path.read_bytes()
    assert answered() == said
    assert path.read_bytes() == written
    # One answer is lost: its batch is asked again, and says the same.
    path.write_bytes(b"".join(written.splitlines(keepends=True)[:-1]))
    assert answered() == said


def test_under_the_grammar_an_answer_opens_no_broken_call(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    how = Decoding(max_new_tokens=64, constrained=True)
    with Answers(tmp_path / "answers.jsonl") as held:
        said = student.answers_of(student_folder, listed[:2], how, held)
    for one in said.values():
        assert isinstance(one.answer, str)
        assert "<tool_call>" not in one.answer or "shape_area" in one.answer or not one.finished


def test_a_case_without_room_is_told(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    how = Decoding(max_new_tokens=510, constrained=False)
    with Answers(tmp_path / "answers.jsonl") as held:
        said = student.answers_of(student_folder, listed, how, held)
    assert {one.missing for one in said.values()} == {"too_long"}
    assert "and 2 are left" in said[listed[0].id].detail


def test_batches_hold_what_fits_and_at_least_one(listed: list[cases.Case]) -> None:
    asked = [student.Asked(listed[0], "", tokens, str(tokens)) for tokens in (90, 100, 40_000)]
    batches = list(student._batches(asked * 1, answer=10))
    assert [[one.tokens for one in batch] for batch in batches] == [[90, 100], [40_000]]


def test_a_tokenizer_without_a_template_is_refused(
    student_folder: Path, listed: list[cases.Case], tmp_path: Path
) -> None:
    bare = shutil.copytree(student_folder, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    refused = pytest.raises(InputError, match="has no chat template")
    with Answers(tmp_path / "answers.jsonl") as held, refused:
        student.answers_of(bare, listed, DECODING, held)


def test_the_command_scores_a_student(
    student_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = write_benchmark(tmp_path / "data"), tmp_path / "out"
    evaluate(
        folder, "irrelevance,simple_python", str(student_folder), limit=1, out=out, max_tokens=4
    )
    rows = tables.rows(tables.read(out / "cases.parquet", CASES))
    assert [(row["id"], row["valid"]) for row in rows] == [
        ("simple_python_0", False), ("irrelevance_0", True),
    ]  # fmt: skip
    header = json.loads((out / "header.json").read_text(encoding="utf-8"))
    assert header["answers"] == identity(student_folder, Decoding(4, False))
    assert header["categories"]["irrelevance"]["interval_95"] == list(wilson(1, 1))
    assert "simple_python: simple_function_checker:wrong_count 1" in capsys.readouterr().out
