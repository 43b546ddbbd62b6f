"""What is exported in the published form is, read again, the row that it was written from."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.critiques.contract import HARD_FAILURES, SELF_CRITIQUE
from ops.critiques.export import export
from ops.critiques.gather import gather
from ops.student.render import END, render_answer, render_prompt
from ops.student.turn import turns
from ops.toolcalls.call import ToolCall

Row = dict[str, Any]
HARD = "id instruction reference_answer category model_output judged_by reason meta"


@pytest.fixture(scope="module")
def rows(prompt_rows: list[Row], response_rows: list[Row], tokenizer: Any) -> list[Row]:
    """Corrections of the repair split, by turns of the two origins."""
    pairs = [p for p in zip(prompt_rows, response_rows, strict=True) if p[0]["split"] == "repair"]
    return [_row(number, *pair, tokenizer) for number, pair in enumerate(pairs)]


def _row(number: int, prompt: Row, response: Row, tokenizer: Any) -> Row:
    listed = json.loads(response["calls"])
    calls = [ToolCall(one["name"], one["arguments"], "", "openai") for one in listed]
    messages, tools = json.loads(prompt["messages"]), json.loads(prompt["tools"])
    first = number % 2
    return {
        "prompt_id": prompt["prompt_id"],
        "category": "wrong_tool",
        "prompt": render_prompt(tokenizer, messages, tools),
        "bad_output": "Ü\u2028no",
        "finished": True,
        "critique": None if first else "Wrong.",
        "corrected": render_answer(response["content"], calls),
        "saw_reference": False,
        "reason": "rewriter_truncated" if first else None,
        "student_score": 1.0,
        "teacher_score": 1.0,
        "origin": "first_answer" if first else "critique",
    }


@pytest.fixture(scope="module")
def folder(
    rows: list[Row], prompt_rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out: Path = tmp_path_factory.mktemp("exported")
    export(rows, {row["prompt_id"]: row for row in prompt_rows}, out)
    return out


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_each_file_has_the_published_fields(rows: list[Row], folder: Path) -> None:
    critiques, hard = read(folder / SELF_CRITIQUE), read(folder / HARD_FAILURES)
    assert len(critiques) + len(hard) == len(rows)
    assert {frozenset(one) for one in critiques} == {
        frozenset({"instruction", "input", "output", "meta"})
    }
    assert {frozenset(one) for one in hard} == {frozenset(HARD.split())}
    assert not any(END in one["output"] for one in critiques)
    assert {one["meta"]["saw_reference"] for one in critiques} == {False}
    assert {one["reason"] for one in hard} == {"rewriter_truncated"}


def test_read_again_it_teaches_the_same(rows: list[Row], folder: Path, tokenizer: Any) -> None:
    found = gather([folder / SELF_CRITIQUE, folder / HARD_FAILURES], turns(tokenizer), 512)
    assert found.rejected == []
    lesson = ("prompt_id", "prompt", "corrected", "bad_output", "category", "critique")
    expected = sorted((tuple(row[name] for name in lesson) for row in rows), key=repr)
    learnt = [tuple(row[name] for name in lesson) for row in found.corrections]
    assert sorted(learnt, key=repr) == expected
    assert {row["origin"] for row in found.corrections} == {"self_critique", "hard_failure"}
