"""The student that training starts from."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.student import base
from ops.student import model as students
from ops.student.config import ScratchConfig, StudentConfig

SMALL = ScratchConfig(vocabulary=500, hidden=32, layers=1, heads=2, kv_heads=1, feed_forward=48)


@pytest.fixture
def mix(prompt_rows: list[dict[str, Any]], tmp_path: Path) -> Path:
    path = tmp_path / "prompts.parquet"
    tables.write(tables.from_rows(prompt_rows, PROMPTS), path)
    return path


def test_a_scratch_student(mix: Path, tmp_path: Path) -> None:
    figures = base.make([mix], StudentConfig(scratch=SMALL, context=128), tmp_path)
    model = students.load(tmp_path / "student")
    assert figures == {
        "parameters": sum(p.numel() for p in model.parameters()),
        "vocabulary": model.config.vocab_size,
        "context": 128,
        "from": "scratch",
    }


def test_an_adopted_student_keeps_its_weights(student_folder: Path, tmp_path: Path) -> None:
    config = StudentConfig(base=str(student_folder), context=256, tools_shown="none")
    assert base.make([], config, tmp_path)["from"] == str(student_folder)
    before, after = students.load(student_folder), students.load(tmp_path / "student")
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_only_the_training_split_is_read(mix: Path, prompt_rows: list[dict[str, Any]]) -> None:
    texts = set(base.training_texts([mix]))
    for row in prompt_rows:
        asked = json.loads(row["messages"])[0]["content"]
        assert (asked in texts) == (row["split"] == "train")
    assert any(text.startswith('{"name": "') for text in texts)


def test_what_another_day_holds_out_is_not_read(
    mix: Path, prompt_rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    row = next(row for row in prompt_rows if row["split"] == "train")
    path = tmp_path / "later.parquet"
    tables.write(tables.from_rows([row | {"split": "heldout"}], PROMPTS), path)
    asked = json.loads(row["messages"])[0]["content"]
    assert asked in set(base.training_texts([mix]))
    for days in ([mix, path], [path, mix]):
        assert asked not in set(base.training_texts(days))


def test_a_scratch_student_on_a_tokenizer_that_is_given(
    student_folder: Path, tokenizer: Any, tmp_path: Path
) -> None:
    config = StudentConfig(tokenizer=str(student_folder), scratch=SMALL, context=128)
    figures = base.make([], config, tmp_path)
    assert (figures["vocabulary"], figures["from"]) == (len(tokenizer), "scratch")
    made = students.load(tmp_path / "student")
    assert (made.config.hidden_size, made.config.vocab_size) == (32, len(tokenizer))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"base": "a", "tokenizer": "b"}, "tokenizer is for a scratch", id="both"),
        pytest.param({"template": "own"}, "own needs base or tokenizer", id="no_template"),
    ],
)
def test_settings_that_contradict_each_other(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        StudentConfig(**given)
