"""From a student folder to the evaluations table, and which prompts are asked."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.contract import ARGUMENTS, EVALUATIONS, PACE
from ops.evaluation.probes import probes
from ops.evaluation.run import accepted_form, choose, evaluate
from ops.prompts.contract import PROMPTS
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.render import render_prompt
from tests.ops.evaluation.conftest import CONFIG


def test_every_chosen_prompt_is_answered_in_both_modes(
    evaluated: Path, mix: Path, taught: Path
) -> None:
    rows = tables.rows(tables.read(evaluated / "evaluations.parquet", EVALUATIONS))
    wanted = sorted(row["prompt_id"] for row in choose([mix], [taught], CONFIG.prompts))
    for mode in ("free", "constrained"):
        assert [row["prompt_id"] for row in rows if row["mode"] == mode] == wanted
    assert all(row["category"] is not None for row in rows if row["mode"] == "free")
    assert all(row["tokens"] <= CONFIG.max_new_tokens for row in rows)
    assert not any(
        row["json_valid"] is False
        for row in rows
        if row["mode"] == "constrained" and row["finished"]
    )


def test_the_right_answer_s_nats_stand_in_the_free_rows(evaluated: Path, taught: Path) -> None:
    rows = tables.rows(tables.read(evaluated / "evaluations.parquet", EVALUATIONS))
    for row in rows:
        known = row["right_nats"], row["right_tokens"]
        assert (known == (None, None)) == (row["mode"] == "constrained")
        if row["mode"] == "free":
            # Random weights: some ln(600) nats a token.
            assert known[0] / known[1] == pytest.approx(6.4, abs=1.0)


def test_every_argument_of_the_expected_calls_has_a_row(evaluated: Path) -> None:
    answers = tables.rows(tables.read(evaluated / "evaluations.parquet", EVALUATIONS))
    arguments = tables.rows(tables.read(evaluated / "arguments.parquet", ARGUMENTS))
    for column, faulty in (("arguments_total", False), ("arguments_right", True)):
        found = sum(1 for row in arguments if not (faulty and row["fault"]))
        assert found == sum(row[column] for row in answers)


def test_times_lie_where_no_data_version_looks(evaluated: Path) -> None:
    pace = tables.rows(tables.read(evaluated / "logs" / "pace.parquet", PACE))
    assert {row["task"] for row in pace} >= {"right", "free", "constrained", "call_free"}
    assert all(row["seconds"] > 0 and row["tokens_per_second"] > 0 for row in pace)


def test_prompts_without_room_for_an_answer_are_counted(
    student_folder: Path, mix: Path, tmp_path: Path
) -> None:
    tokenizer = tokenizers.load(student_folder)
    tokenizer.model_max_length = 40
    students.save(students.load(student_folder), tokenizer, tmp_path / "small")
    config = EvaluationConfig(prompts=2, max_new_tokens=39)
    figures = evaluate(tmp_path / "small", ([mix], []), config, tmp_path)
    assert (figures["prompts"], figures["too_long"]) == (0, 4)
    assert tables.read(tmp_path / "evaluations.parquet", EVALUATIONS).num_rows == 0


def test_choice_is_the_same_every_time_and_never_of_the_train_split(mix: Path) -> None:
    chosen = choose([mix], [], 5)
    assert [row["split"] for row in chosen] == ["repair"] * 5 + ["heldout"] * 5
    for split in ("repair", "heldout"):
        ids = [row["prompt_id"] for row in choose([mix], [], 100) if row["split"] == split]
        assert ids == sorted(ids)
        assert [row["prompt_id"] for row in chosen if row["split"] == split] == ids[:5]
    assert chosen == choose([mix, mix], [], 5)


def test_a_prompt_that_another_day_holds_out_is_judged_as_held_out_alone(
    prompt_rows: list[dict[str, Any]], mix: Path, tmp_path: Path
) -> None:
    looser = [next(r for r in prompt_rows if r["split"] == split) for split in ("train", "repair")]
    path = tmp_path / "later.parquet"
    held = [row | {"split": "heldout"} for row in looser]
    tables.write(tables.from_rows(held, PROMPTS), path)
    for days in ([mix, path], [path, mix]):
        chosen = {row["prompt_id"]: row["split"] for row in choose(days, [], 1000)}
        assert len(chosen) == len(choose(days, [], 1000))
        assert [chosen[row["prompt_id"]] for row in looser] == ["heldout", "heldout"]


def test_where_right_calls_are_not_known_the_teacher_s_stand_for_them(
    prompt_rows: list[dict[str, Any]], taught: Path, tmp_path: Path
) -> None:
    row = next(r for r in prompt_rows if r["split"] == "repair" and r["kind"] == "single")
    path = tmp_path / "prompts.parquet"
    tables.write(tables.from_rows([row | {"expected": None}], PROMPTS), path)
    assert choose([path], [], 1)[0]["expected"] is None
    (told,) = json.loads(choose([path], [taught], 1)[0]["expected"])
    (known,) = json.loads(row["expected"])
    assert told["name"] == known["name"]
    assert set(told["arguments"]) == set(known["arguments"])


def test_accepted_form() -> None:
    calls = json.dumps([{"name": "a", "arguments": {"x": {"y": [1]}, "z": "é"}}])
    assert json.loads(accepted_form(calls)) == [
        {"name": "a", "arguments": {"x": [{"y": [1]}], "z": ["é"]}}
    ]


def test_probes_are_held_out_prompts_as_inference_reads_them(
    prompt_rows: list[dict[str, Any]], mix: Path, tokenizer: Any
) -> None:
    found = probes([mix], tokenizer, 3)
    heldout = sorted(
        (row for row in prompt_rows if row["split"] == "heldout"), key=lambda row: row["prompt_id"]
    )
    texts = [
        render_prompt(tokenizer, json.loads(row["messages"]), json.loads(row["tools"]))
        for row in heldout
    ]
    fitting = [text for text in texts if len(tokenizer(text)["input_ids"]) <= 256]
    assert [tokenizer.decode(ids) for ids in found] == fitting[:3]
