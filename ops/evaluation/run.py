"""A student and its prompts → the evaluations table, free and under the tool grammar."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops import progress, tables
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.contract import EVALUATIONS
from ops.evaluation.generate import Student, in_batches
from ops.evaluation.row import Answer, evaluation_row
from ops.grammar.compiled import grammars
from ops.prompts.contract import settled
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.encode import token_ids
from ops.student.render import render_prompt
from ops.teacher.contract import RESPONSES

SPLITS = ("repair", "heldout")


def evaluate(
    student: Path,
    prompts: list[Path],
    responses: list[Path],
    config: EvaluationConfig,
    out: Path,
) -> dict[str, Any]:
    """Write `out/evaluations.parquet`; prompts over the context are counted, not asked."""
    tokenizer = tokenizers.load(student)
    writer = Student(students.load(student), tokenizer, config.max_new_tokens)
    asked, too_long = [], 0
    room = tokenizer.model_max_length - config.max_new_tokens
    for row in choose(prompts, responses, config.prompts):
        text = render_prompt(tokenizer, json.loads(row["messages"]), json.loads(row["tools"]))
        if len(token_ids(tokenizer, text)) > room:
            too_long += 1
        else:
            asked.append((row, text))
    asked.sort(key=lambda pair: (len(pair[1]), pair[0]["prompt_id"]))
    rows = []
    for mode in ("free", "constrained"):
        rows += _answers(writer, asked, mode, config.batch)
    rows.sort(key=lambda row: (row["prompt_id"], row["mode"]))
    tables.write(tables.from_rows(rows, EVALUATIONS), out / "evaluations.parquet")
    return {"prompts": len(asked), "too_long": too_long}


def _answers(
    writer: Student, asked: list[tuple[dict[str, Any], str]], mode: str, size: int
) -> list[dict[str, Any]]:
    rows = []
    for batch in in_batches(len(asked), size):
        texts = [asked[index][1] for index in batch]
        offered = [json.loads(asked[index][0]["tools"]) for index in batch]
        outputs = writer.answer(texts, offered if mode == "constrained" else None)
        for index, output in zip(batch, outputs, strict=True):
            held = grammars(writer.tokenizer).of(json.loads(asked[index][0]["tools"]))
            allowed = held.accepts(output.text)
            answer = Answer(output.text, mode, output.finished, output.tokens, allowed)
            rows.append(evaluation_row(asked[index][0], answer))
        progress.report("evaluation", batch.stop, len(asked), mode=mode)
    return rows


def choose(prompts: Iterable[Path], responses: Iterable[Path], most: int) -> list[dict[str, Any]]:
    """Up to `most` prompts of each split, by prompt id, which is a hash: the same every time.

    Where a prompt says nothing of the right calls, the teacher's accepted ones stand for them.
    """
    taught = {
        row["prompt_id"]: row
        for path in responses
        for row in tables.rows(tables.read(path, RESPONSES))
    }
    found = settled(prompts)
    ordered = [found[prompt_id] for prompt_id in sorted(found)]
    for row in ordered:
        if row["expected"] is None and row["prompt_id"] in taught:
            row["expected"] = accepted_form(taught[row["prompt_id"]]["calls"])
    return [
        row for split in SPLITS for row in [row for row in ordered if row["split"] == split][:most]
    ]


def accepted_form(calls: str) -> str:
    """The teacher's calls as `expected` holds them: each value is the one that is accepted."""
    return json.dumps(
        [
            {"name": call["name"], "arguments": {k: [v] for k, v in call["arguments"].items()}}
            for call in json.loads(calls)
        ],
        ensure_ascii=False,
    )
