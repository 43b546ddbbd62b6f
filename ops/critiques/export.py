"""Corrections in the published form, as JSON lines: what a user takes elsewhere, or brings back.

    self_critique.jsonl   {instruction, input, output, meta}: the teacher's critique passed
    hard_failures.jsonl   {id, instruction, reference_answer, category, model_output, ...}: it did
                          not, and the reference is the teacher's own accepted answer

`instruction` is what the user said last; `meta` holds the whole conversation and its tools, so that
a file read again (gather.py) is learnt as the row that it was written from.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ops.critiques.contract import HARD_FAILURES, SELF_CRITIQUE
from ops.student.render import END

Row = Mapping[str, Any]
JUDGE = "scorer"


def export(rows: Iterable[Row], prompts: Mapping[str, Row], out: Path) -> None:
    """Write both files; `rows` are of CRITIQUES, `prompts` of PROMPTS by their id."""
    lines: dict[str, list[dict[str, Any]]] = {SELF_CRITIQUE: [], HARD_FAILURES: []}
    for row in rows:
        prompt = prompts[row["prompt_id"]]
        if row["origin"] == "critique":
            lines[SELF_CRITIQUE].append(self_critique(row, prompt))
        else:
            lines[HARD_FAILURES].append(hard_failure(row, prompt))
    for name, listed in lines.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in listed)
        (out / name).write_text(text, encoding="utf-8")


def self_critique(row: Row, prompt: Row) -> dict[str, Any]:
    """The line of a correction that the teacher wrote with its critique."""
    told = ("prompt_id", "category", "critique", "saw_reference", "student_score", "teacher_score")
    return {
        "instruction": _instruction(prompt),
        "input": row["bad_output"],
        "output": row["corrected"].removesuffix(END),
        "meta": {name: row[name] for name in told} | {"source": row["origin"]} | _asked(prompt),
    }


def hard_failure(row: Row, prompt: Row) -> dict[str, Any]:
    """The line of a failure whose critique was refused."""
    return {
        "id": row["prompt_id"],
        "instruction": _instruction(prompt),
        "reference_answer": row["corrected"].removesuffix(END),
        "category": row["category"],
        "model_output": row["bad_output"],
        "judged_by": JUDGE,
        "reason": row["reason"],
        "meta": _asked(prompt),
    }


def _asked(prompt: Row) -> dict[str, Any]:
    return {name: json.loads(prompt[name]) for name in ("messages", "tools")}


def _instruction(prompt: Row) -> str:
    """What the user said last, in words."""
    said = [one for one in json.loads(prompt["messages"]) if one["role"] == "user"]
    content = said[-1]["content"] if said else ""
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
