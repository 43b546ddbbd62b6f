"""A student and its prompts → the tables of an evaluation, free and under the tool grammar."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops import tables
from ops.digest import digest
from ops.evaluation import header
from ops.evaluation.answers import Answers
from ops.evaluation.arguments import argument_rows
from ops.evaluation.broker import Conversation, brokered_row, conversations
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.contract import ARGUMENTS, BROKERED, EVALUATIONS, MODES, SPLITS
from ops.evaluation.decode import Desk, Question, write_pace
from ops.evaluation.generate import Student
from ops.evaluation.right import right_answer
from ops.evaluation.row import Answer, judge, scored_row
from ops.grammar.compiled import grammars
from ops.prompts.contract import settled
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.encode import token_ids
from ops.student.render import render_prompt
from ops.teacher.contract import RESPONSES

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a student is asked: prompts and their questions, by id; and how many had no room."""

    prompts: dict[str, Row]
    questions: list[Question]
    too_long: int


def evaluate(
    student: Path,
    mix: tuple[list[Path], list[Path]],
    config: EvaluationConfig,
    out: Path,
    against: Path | None = None,
) -> dict[str, Any]:
    """Write the tables evaluations, arguments and brokered, header.json and logs/ into `out`.

    Args:
        student: a Hugging Face folder.
        mix: the files prompts.parquet and responses.parquet of the days.
        config: prompts over the context are counted, not asked.
        out: a folder in which a stopped evaluation goes on.
        against: header.json of an evaluation that this one will be compared with.

    Raises:
        ContractError: `against` was asked otherwise; nothing is decoded then.
    """
    tokenizer = tokenizers.load(student)
    asked = prepare(tokenizer, choose(*mix, config.prompts), config)
    made_of = header.header(student, tokenizer, list(asked.prompts.values()), config)
    if against is not None:
        header.require_comparable(header.read(against), made_of)
    talks = conversations(asked.prompts.values())
    known = sum(one.right is not None for one in asked.questions)
    with Answers(out, digest(made_of, config.batch)) as answers:
        writer = Student(students.load(student), tokenizer, config.max_new_tokens)
        expected = known + len(MODES) * (len(asked.questions) + len(talks))
        desk = Desk(writer, answers, config.batch, expected)
        rows, arguments = _answered(desk, asked, tokenizer)
        brokered = _brokered(desk, talks, tokenizer, config)
        write_pace(answers, out)
    _write(rows, EVALUATIONS, out / "evaluations.parquet")
    _write(arguments, ARGUMENTS, out / "arguments.parquet")
    _write(brokered, BROKERED, out / "brokered.parquet")
    (out / header.FILE).write_text(json.dumps(made_of, indent=1) + "\n", encoding="utf-8")
    figures = {"prompts": len(asked.questions), "too_long": asked.too_long}
    return figures | {"header": made_of}


def prepare(tokenizer: Any, rows: Iterable[Row], config: EvaluationConfig) -> Asked:
    """Render the prompts, and set apart those that leave no room for an answer."""
    room = tokenizer.model_max_length - config.max_new_tokens
    prompts: dict[str, Row] = {}
    questions, too_long = [], 0
    for row in rows:
        found = _question(tokenizer, row["prompt_id"], json.loads(row["messages"]), row["tools"])
        if found.tokens > room:
            too_long += 1
            continue
        right = row["right"]
        if right and found.tokens + len(token_ids(tokenizer, right)) > tokenizer.model_max_length:
            right = None
        prompts[row["prompt_id"]] = row
        questions.append(replace(found, right=right))
    return Asked(prompts, questions, too_long)


def _question(tokenizer: Any, name: str, messages: list[Any], tools: str) -> Question:
    text = render_prompt(tokenizer, messages, json.loads(tools))
    return Question(name, text, len(token_ids(tokenizer, text)), tools)


def _answered(desk: Desk, asked: Asked, tokenizer: Any) -> tuple[list[Row], list[Row]]:
    """Rows of EVALUATIONS and of ARGUMENTS."""
    right = desk.right(asked.questions)
    rows, arguments = [], []
    for mode in MODES:
        for name, output in desk.answer(mode, mode, asked.questions).items():
            prompt = asked.prompts[name]
            allowed = grammars(tokenizer).of(json.loads(prompt["tools"])).accepts(output.text)
            nats = right.get(name) if mode == "free" else None
            answer = Answer(output.text, mode, output.finished, output.tokens, allowed, nats)
            judged = judge(prompt, answer)
            rows.append(scored_row(prompt, answer, judged))
            arguments += argument_rows(prompt, mode, judged.calls)
    return rows, arguments


def _brokered(
    desk: Desk, talks: Sequence[Conversation], tokenizer: Any, config: EvaluationConfig
) -> list[Row]:
    """Rows of BROKERED: the student's call, and where a result is recorded its next answer."""
    room = tokenizer.model_max_length - config.max_new_tokens
    by_id = {talk.prompt["prompt_id"]: talk for talk in talks}
    requests = [
        _question(tokenizer, name, talk.messages, talk.prompt["tools"])
        for name, talk in by_id.items()
    ]
    rows = []
    for mode in MODES:
        calls = desk.answer(f"call_{mode}", mode, requests)
        reasons: dict[str, str | None] = {}
        questions = []
        for name, output in calls.items():
            reasons[name], messages = by_id[name].go_on(output.text)
            if messages:
                question = _question(tokenizer, name, messages, by_id[name].prompt["tools"])
                reasons[name] = "too_long" if question.tokens > room else None
                questions += [question] if question.tokens <= room else []
        desk.expected += len(questions)
        told = desk.answer(f"result_{mode}", mode, questions)
        for name, output in calls.items():
            answer = (told[name].text, told[name].finished) if name in told else None
            rows.append(brokered_row(by_id[name], mode, output.text, reasons[name], answer))
    return rows


def _write(rows: list[Row], schema: pa.Schema, path: Path) -> None:
    """In the order of prompt and mode: that of the batches does not show."""
    ordered = sorted(rows, key=lambda row: (row["prompt_id"], row["mode"]))
    tables.write(tables.from_rows(ordered, schema), path)


def choose(prompts: Iterable[Path], responses: Iterable[Path], most: int) -> list[Row]:
    """Up to `most` prompts of each split, by prompt id, which is a hash: the same every time.

    Each has the text of the teacher's answer as `right`, or None. Where a prompt says nothing of
    the right calls, the teacher's accepted ones stand for them.
    """
    taught = {
        row["prompt_id"]: row
        for path in responses
        for row in tables.rows(tables.read(path, RESPONSES))
    }
    found = settled(prompts)
    ordered = [found[prompt_id] for prompt_id in sorted(found)]
    chosen = [
        row for split in SPLITS for row in [row for row in ordered if row["split"] == split][:most]
    ]
    for row in chosen:
        response = taught.get(row["prompt_id"])
        row["right"] = right_answer(response) if response else None
        if row["expected"] is None and response:
            row["expected"] = accepted_form(response["calls"])
    return chosen


def accepted_form(calls: str) -> str:
    """The teacher's calls as `expected` holds them: each value is the one that is accepted."""
    return json.dumps(
        [
            {"name": call["name"], "arguments": {k: [v] for k, v in call["arguments"].items()}}
            for call in json.loads(calls)
        ],
        ensure_ascii=False,
    )
