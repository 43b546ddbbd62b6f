"""Fingerprints: what moves each of them, and which two evaluations may be compared."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ops.errors import ContractError
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.header import FILE, header, read, require_comparable
from ops.evaluation.run import choose, evaluate
from ops.student import tokenizer as tokenizers
from tests.ops.evaluation.conftest import CONFIG

PARTS = ("data", "tools", "tokenizer", "template", "weights", "decoding")


@pytest.fixture
def asked(mix: Path, taught: Path) -> list[dict[str, Any]]:
    return choose([mix], [taught], 5)


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    assert before.keys() == after.keys() == set(PARTS)
    return {name for name in PARTS if before[name] != after[name]}


def test_each_part_says_what_it_is_of(
    student_folder: Path, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = shutil.copytree(student_folder, tmp_path / "elsewhere")
    tokenizer = tokenizers.load(folder)
    first = header(student_folder, tokenizer, asked, CONFIG)
    assert changed(first, header(folder, tokenizer, asked[::-1], CONFIG)) == set()
    assert changed(first, header(folder, tokenizer, asked[1:], CONFIG)) >= {"data"}
    other = [asked[0] | {"expected": "[]"}, *asked[1:]]
    assert changed(first, header(folder, tokenizer, other, CONFIG)) == {"data"}
    shorter = EvaluationConfig(max_new_tokens=5)
    assert changed(first, header(folder, tokenizer, asked, shorter)) == {"decoding"}
    (folder / "model.safetensors").write_bytes(b"other")
    tokenizer.chat_template += " "
    assert changed(first, header(folder, tokenizer, asked, CONFIG)) == {"template", "weights"}


def test_an_evaluation_of_other_prompts_is_refused_before_it_is_decoded(
    student_folder: Path, mix: Path, taught: Path, evaluated: Path, tmp_path: Path
) -> None:
    fewer = EvaluationConfig(**(CONFIG.model_dump() | {"prompts": 3, "max_new_tokens": 5}))
    told = (
        r"cannot be compared: data [0-9a-f]{12} before, [0-9a-f]{12} after; .*"
        r'decoding .*"max_new_tokens":8.* before, .*"max_new_tokens":5.* after; materialize'
    )
    with pytest.raises(ContractError, match=told):
        evaluate(student_folder, ([mix], [taught]), fewer, tmp_path, evaluated / FILE)
    assert list(tmp_path.iterdir()) == []


def test_another_student_may_be_compared_and_a_header_must_be_there(tmp_path: Path) -> None:
    before = dict.fromkeys(PARTS, "a")
    after = before | {"tokenizer": "b", "template": "b", "weights": "b"}
    require_comparable(before, after)
    with pytest.raises(ContractError, match="tools a before, b after; materialize"):
        require_comparable(before, after | {"tools": "b"})
    with pytest.raises(ContractError, match="is no header of an evaluation"):
        read(tmp_path / FILE)
    (tmp_path / FILE).write_text(json.dumps(before), encoding="utf-8")
    assert read(tmp_path / FILE) == before
