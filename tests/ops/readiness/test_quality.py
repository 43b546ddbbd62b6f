"""Named scores of a teacher, each a share of what the one before it left."""

from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.readiness.quality import quality
from ops.teacher.contract import REFUSED, RESPONSES


def answers(folder: Path, told: list[str], refused: list[str]) -> Path:
    """A day with accepted answers, whose log-probabilities are as told, and refused ones."""

    def rows(schema: Any, column: str, values: list[str]) -> Any:
        blank = {field.name: None if field.nullable else _blank(field) for field in schema}
        return tables.from_rows((blank | {column: value} for value in values), schema)

    folder.mkdir()
    tables.write(rows(RESPONSES, "logprobs", told), folder / "responses.parquet")
    tables.write(rows(REFUSED, "reason", refused), folder / "refused.parquet")
    return folder


def _blank(field: Any) -> Any:
    return "" if str(field.type) == "string" else 0


def test_each_score_is_a_share_of_what_is_left(tmp_path: Path) -> None:
    first = answers(
        tmp_path / "1",
        ["kept"] * 3 + ["absent"] * 3,
        ["truncated"] * 4 + ["refusal", "empty"] + ["broken_call"] * 2,
    )
    second = answers(
        tmp_path / "2",
        ["kept"] * 2,
        ["schema"] * 2 + ["wrong_answer"] * 2 + ["timeout"] * 50 + ["not_recorded"] * 9,
    )
    # 20 answers came; 16 in full; 14 speak; 12 parse; 10 fit; 8 are right; 5 have distributions.
    assert quality([first, second]) == {
        "answered_in_full": pytest.approx(16 / 20),
        "speaks": pytest.approx(14 / 16),
        "calls_parse": pytest.approx(12 / 14, abs=1e-4),
        "calls_fit_schema": pytest.approx(10 / 12, abs=1e-4),
        "decision_right": pytest.approx(8 / 10),
        "with_distribution": pytest.approx(5 / 8),
    }


def test_without_an_answer_there_is_no_score(tmp_path: Path) -> None:
    assert quality([answers(tmp_path / "1", [], ["timeout", "auth"])]) == {}
