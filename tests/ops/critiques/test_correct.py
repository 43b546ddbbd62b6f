"""Which correction is learnt, or why none is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ops.critiques.check import failing, outside
from ops.critiques.config import CritiquesConfig
from ops.critiques.correct import Rewriter, to_repair
from ops.student.render import render_prompt
from ops.teacher.wire import Answer

Row = dict[str, Any]


@pytest.fixture
def prompt(prompt_rows: list[Row]) -> Row:
    return next(r for r in prompt_rows if r["split"] == "repair" and r["kind"] == "single")


@pytest.fixture
def first(prompt: Row, response_rows: list[Row]) -> Row:
    return next(row for row in response_rows if row["prompt_id"] == prompt["prompt_id"])


def failure(prompt: Row, **changes: Any) -> Row:
    row = {"prompt_id": prompt["prompt_id"], "split": prompt["split"], "mode": "free"}
    return row | {"category": "wrong_tool", "output": "Sorry?", "finished": True} | changes


def correct(
    failed: Row, prompt: Row, said: Answer, first: Row | None, tokenizer: Any, **settings: Any
) -> tuple[Row | None, Row | None]:
    return Rewriter(tokenizer, CritiquesConfig(**settings)).correct(failed, prompt, said, first)


def reply(calls: Any, answer: str = "") -> Answer:
    return Answer(content=json.dumps({"critique": "Wrong.", "calls": calls, "answer": answer}))


def test_a_reply_that_passes_is_the_correction(prompt: Row, first: Row, tokenizer: Any) -> None:
    calls = json.loads(first["calls"])
    row, left = correct(failure(prompt), prompt, reply(calls), None, tokenizer)
    assert left is None
    assert row is not None
    messages, tools = json.loads(prompt["messages"]), json.loads(prompt["tools"])
    assert row["prompt"] == render_prompt(tokenizer, messages, tools)
    assert (row["critique"], row["origin"]) == ("Wrong.", "critique")
    assert (row["bad_output"], row["finished"]) == ("Sorry?", True)
    assert row["corrected"].startswith('<tool_call>\n{"name": "' + calls[0]["name"])
    assert row["corrected"].endswith("</tool_call><|im_end|>")
    assert failing([row], {prompt["prompt_id"]: prompt}) == []


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("Sorry?", 1.0, id="words_have_no_form_to_keep"),
        pytest.param('<tool_call>\n{"name": "no_such", "argu', 0.0, id="cut_in_a_call"),
        pytest.param('<tool_call>\n{"name": "no_such", "arguments": {}}', 0.0, id="invented"),
    ],
)
def test_both_answers_are_scored_by_their_form(
    prompt: Row, first: Row, tokenizer: Any, output: str, expected: float
) -> None:
    calls = json.loads(first["calls"])
    for said in (reply(calls), Answer(problem="timeout")):
        row, _ = correct(failure(prompt, output=output), prompt, said, first, tokenizer)
        assert row is not None
        assert (row["student_score"], row["teacher_score"]) == (expected, 1.0)


def test_a_call_that_does_not_fit_its_schema_has_two_thirds(
    prompt: Row, first: Row, tokenizer: Any
) -> None:
    (call,) = json.loads(first["calls"])
    odd = json.dumps({"name": call["name"], "arguments": {"no_such_argument": 1}})
    output = f"<tool_call>\n{odd}\n</tool_call>"
    row, _ = correct(failure(prompt, output=output), prompt, reply([call]), None, tokenizer)
    assert row is not None
    assert row["student_score"] == pytest.approx(2 / 3)


BAD = [
    pytest.param(reply([{"name": "no_such_tool", "arguments": {}}]), "schema", id="unknown_tool"),
    pytest.param(reply([], "Done!"), "wrong_answer", id="words_where_a_call_is_right"),
    pytest.param(Answer(content="It is wrong."), "not_as_asked", id="no_json"),
    pytest.param(Answer(problem="refusal"), "refusal", id="refused_at_the_wire"),
    pytest.param(Answer(problem="truncated"), "rewriter_truncated", id="cut_at_the_wire"),
    pytest.param(
        Answer(problem="reasoning_starved", finish_reason="length"),
        "rewriter_truncated",
        id="spent_on_thoughts",
    ),
    pytest.param(
        Answer(content='{"critique": "It is', finish_reason="stop", completion_tokens=1024),
        "rewriter_truncated",
        id="cut_and_not_said",
    ),
    pytest.param(
        Answer(content='{"critique": "It is', finish_reason="stop", completion_tokens=9),
        "not_as_asked",
        id="broken_within_the_cap",
    ),
    pytest.param(Answer(problem="timeout", detail="late"), "timeout", id="no_answer"),
]


@pytest.mark.parametrize(("said", "reason"), BAD)
def test_a_reply_that_fails_gives_way_to_the_first_answer(
    prompt: Row, first: Row, tokenizer: Any, said: Answer, reason: str
) -> None:
    row, left = correct(failure(prompt), prompt, said, first, tokenizer)
    assert left is None
    assert row is not None
    assert (row["critique"], row["origin"]) == (None, "first_answer")
    assert (row["reason"], row["saw_reference"]) == (reason, False)
    assert failing([row], {prompt["prompt_id"]: prompt}) == []


@pytest.mark.parametrize(("said", "reason"), BAD)
def test_without_a_first_answer_the_reason_is_kept(
    prompt: Row, tokenizer: Any, said: Answer, reason: str
) -> None:
    row, left = correct(failure(prompt), prompt, said, None, tokenizer)
    assert row is None
    assert left is not None
    assert (left["reason"], left["category"]) == (reason, "wrong_tool")


def test_a_whole_correction_that_met_the_cap_counts_unless_the_server_cut_it(
    prompt: Row, first: Row, tokenizer: Any
) -> None:
    said = reply(json.loads(first["calls"]))
    for finish, origin in (("stop", "critique"), ("length", "first_answer")):
        at_cap = replace(said, finish_reason=finish, completion_tokens=64)
        row, _ = correct(failure(prompt), prompt, at_cap, first, tokenizer, max_tokens=64)
        assert row is not None
        assert row["origin"] == origin


def test_a_correction_says_whether_its_writer_saw_what_is_right(
    prompt: Row, first: Row, tokenizer: Any
) -> None:
    said = reply(json.loads(first["calls"]))
    unknown = prompt | {"expected": None, "carries": None}
    for asked, shown, saw in ((prompt, True, True), (prompt, False, False), (unknown, True, False)):
        row, _ = correct(failure(prompt), asked, said, first, tokenizer, show_reference=shown)
        assert row is not None
        assert (row["saw_reference"], row["origin"]) == (saw, "critique")


def test_only_the_students_failures_of_the_repair_split_are_asked_about() -> None:
    failures = [
        {"prompt_id": name, "split": split, "mode": mode, "origin": "student"}
        for name, split in (("a", "repair"), ("b", "heldout"), ("c", "train"), ("d", "repair"))
        for mode in ("constrained", "free")
    ]
    failures.append({"prompt_id": "e", "split": "repair", "mode": "free", "origin": "judge"})
    chosen = to_repair(failures, 10)
    assert [(row["prompt_id"], row["mode"]) for row in chosen] == [("a", "free"), ("d", "free")]
    assert [row["prompt_id"] for row in to_repair(failures, 1)] == ["a"]
    assert to_repair(failures, 0) == []


def test_checks_catch_planted_faults(prompt: Row, prompt_rows: list[Row], first: Row) -> None:
    prompts = {row["prompt_id"]: row for row in prompt_rows}
    heldout = next(row for row in prompt_rows if row["split"] == "heldout")
    planted = [{"prompt_id": prompt["prompt_id"]}, {"prompt_id": heldout["prompt_id"]}]
    assert outside(planted, prompts) == [heldout["prompt_id"]]
    name = json.loads(first["calls"])[0]["name"]
    for corrected, category in (
        ("Done!<|im_end|>", "missing_call"),
        (f'<tool_call>\n{{"name": "{name}", "argu<|im_end|>', "truncated"),
        ("<|im_end|>", "empty"),
    ):
        row = {"prompt_id": prompt["prompt_id"], "corrected": corrected}
        assert failing([row], prompts) == [f"{prompt['prompt_id']}: {category}"]
