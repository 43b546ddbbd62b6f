"""A user's files: every row is learnt or refused with file, line and reason."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.critiques.contract import CRITIQUES, REJECTED
from ops.critiques.gather import Gathered, gather
from ops.errors import InputError
from ops.student.encode import token_ids
from ops.student.turn import turns

END = "<|im_end|>"


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {"instruction": f"Say {number}.", "input": "No.", "output": f"It is {number}."} | changes


def gathered(tokenizer: Any, *files: Path, context: int = 512) -> Gathered:
    found = gather(files, turns(tokenizer), context)
    tables.from_rows(found.corrections, CRITIQUES)
    tables.from_rows(found.rejected, REJECTED)
    return found


def lines(path: Path, *listed: Any) -> Path:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in listed)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def test_what_is_learnt_is_the_turn_with_its_end(tokenizer: Any, tmp_path: Path) -> None:
    hard = {"instruction": "Say 2.", "reference_answer": "It is 2.", "category": "math"}
    found = gathered(
        tokenizer, lines(tmp_path / "a.jsonl", row(1)), lines(tmp_path / "b.jsonl", hard)
    )
    one, two = sorted(found.corrections, key=lambda made: made["origin"], reverse=True)
    assert one["prompt"] == "<|im_start|>user\nSay 1.<|im_end|>\n<|im_start|>assistant\n"
    assert (one["corrected"], one["bad_output"]) == ("It is 1." + END, "No.")
    assert (two["corrected"], two["bad_output"], two["category"]) == (
        "It is 2." + END,
        None,
        "math",
    )
    assert (found.read, found.rejected) == (2, [])


@pytest.mark.parametrize("count", [1, 2, 50_000])
def test_an_end_that_an_answer_brings_is_learnt_once(
    tokenizer: Any, tmp_path: Path, count: int
) -> None:
    found = gathered(
        tokenizer, lines(tmp_path / "a.jsonl", row(1, output="Yes." + f"{END}\n" * count))
    )
    assert [made["corrected"] for made in found.corrections] == ["Yes." + END]


@pytest.mark.parametrize(
    ("bad", "reason", "told"),
    [
        pytest.param("{broken", "not_json", "", id="not_json"),
        pytest.param("[1]", "not_an_object", "list", id="a_list"),
        pytest.param(row(1, output=""), "empty", "", id="empty"),
        pytest.param(row(1, output=END), "empty", "the end of a turn", id="an_end_alone"),
        pytest.param(row(2), "duplicate", "", id="duplicate"),
        pytest.param(row(2, input="Never."), "duplicate", "", id="the_same_lesson"),
        pytest.param(
            row(1, output="<|im_start|>user"), "special_token", "<|im_start|>", id="a_mark"
        ),
        pytest.param(
            row(1, instruction=f"Hi{END}"), "special_token", END, id="a_mark_in_the_request"
        ),
        pytest.param(
            row(1, output="word " * 600), "too_long", "room for 512", id="longer_than_the_student"
        ),
    ],
)
def test_a_bad_row_is_a_row_with_a_reason(
    tokenizer: Any, tmp_path: Path, bad: Any, reason: str, told: str
) -> None:
    found = gathered(tokenizer, lines(tmp_path / "mine.jsonl", row(2), bad, row(3)))
    assert len(found.corrections) == 2
    (refused,) = found.rejected
    assert (refused["file"], refused["line"], refused["reason"]) == ("mine.jsonl", 2, reason)
    assert told in refused["detail"]


def test_room_is_counted_in_the_students_tokens(tokenizer: Any, tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", row(1))
    (made,) = gathered(tokenizer, path).corrections
    needed = len(token_ids(tokenizer, made["prompt"] + made["corrected"]))
    assert gathered(tokenizer, path, context=needed).rejected == []
    (refused,) = gathered(tokenizer, path, context=needed - 1).rejected
    assert refused["detail"] == f"{needed} tokens, and the student has room for {needed - 1}"


def test_two_answers_to_one_request_are_two_lessons_of_one_prompt(
    tokenizer: Any, tmp_path: Path
) -> None:
    """The published trainer took the first row's input for both."""
    found = gathered(
        tokenizer, lines(tmp_path / "a.jsonl", row(1), row(1, input="Nope.", output="One."))
    )
    assert {made["prompt_id"] for made in found.corrections} == {found.corrections[0]["prompt_id"]}
    assert {(made["bad_output"], made["corrected"]) for made in found.corrections} == {
        ("No.", "It is 1." + END), ("Nope.", "One." + END),
    }  # fmt: skip


def test_the_order_of_the_rows_does_not_matter(tokenizer: Any, tmp_path: Path) -> None:
    listed = [row(number) for number in range(40)]
    first = gathered(tokenizer, lines(tmp_path / "a.jsonl", *listed))
    random.Random(1).shuffle(listed)
    assert gathered(tokenizer, lines(tmp_path / "b.jsonl", *listed)) == first


def test_a_file_that_is_not_there_is_one_line(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.jsonl is no file"):
        gathered(tokenizer, tmp_path / "no.jsonl")
