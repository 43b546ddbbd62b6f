"""A user's own files of corrections → rows to train on, and the rows that cannot be, with reasons.

Nothing is cut to fit: an example that the student has no room for is refused whole. What is learnt
has an order of its own, whatever that of the rows; of two rows with the same answer to the same
request the first counts. Not here: what a row may look like (layouts.py).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.critiques.layouts import Correction, correction
from ops.digest import digest
from ops.errors import InputError
from ops.prompts.files.read import read_rows
from ops.prompts.files.row import Row
from ops.prompts.layouts.prompt import BadRow
from ops.student.encode import token_ids
from ops.student.turn import Turns, UnrenderableError


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows of CRITIQUES, rows of REJECTED, and how many rows were read."""

    corrections: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    read: int


def gather(files: Sequence[Path], turns: Turns, context: int) -> Gathered:
    """Read the files for a student with this template and room for `context` tokens.

    Raises:
        InputError: a file is not there.
    """
    corrections, rejected = list[dict[str, Any]](), list[dict[str, Any]]()
    seen, read = set[str](), 0
    for path, row in _rows(files):
        read += row.number > 0
        try:
            made = _correction(row, turns, context)
            if made["key"] in seen:
                raise BadRow("duplicate", "the same answer to the same request")
        except BadRow as bad:
            told = {"file": path.name, "line": row.number}
            rejected.append(told | {"reason": bad.reason, "detail": bad.detail})
        else:
            seen.add(made.pop("key"))
            corrections.append(made)
    corrections.sort(key=lambda row: (row["prompt_id"], row["corrected"]))
    return Gathered(corrections, rejected, read)


def _rows(files: Sequence[Path]) -> Iterator[tuple[Path, Row]]:
    for path in files:
        if not path.is_file():
            raise InputError(
                f"{path} is no file; name a file of JSON lines, a JSON list or Parquet"
            )
        for row in read_rows(path):
            yield path, row


def _correction(row: Row, turns: Turns, context: int) -> dict[str, Any]:
    """The row of CRITIQUES, and a `key` of what it teaches. Raises BadRow."""
    if row.value is None:
        raise BadRow(row.reason, row.detail)
    found = correction(row.value)
    right = _ended(found.right, turns)
    _require_words(found, right, turns)
    try:
        prompt, answer = turns.of(found.messages, found.tools, right)
    except UnrenderableError as error:
        raise BadRow("template", str(error)) from error
    _require_room(prompt, answer, turns, context)
    prompt_id = digest("p1", found.messages, found.tools)[:32]
    return {
        "key": digest(prompt_id, answer),
        "prompt_id": prompt_id,
        "category": found.category,
        "prompt": prompt,
        "bad_output": found.bad,
        "finished": False,
        "critique": found.critique,
        "corrected": answer,
        "saw_reference": found.saw_reference,
        "reason": None,
        "student_score": 1.0,
        "teacher_score": 1.0,
        "origin": found.origin,
    }


def _ended(right: str, turns: Turns) -> str:
    """The answer without marks of the template behind it. Raises BadRow where nothing is left."""
    end = len(right)
    while mark := next((one for one in turns.marks if right.endswith(one, 0, end)), None):
        end -= len(mark)
        while end and right[end - 1].isspace():
            end -= 1
    if not end:
        raise BadRow("empty", "there is no answer to learn but the end of a turn")
    return right[:end]


def _require_words(found: Correction, right: str, turns: Turns) -> None:
    """Raise BadRow where words are a mark of the template: it would be read as one."""
    said = json.dumps([found.messages, right], ensure_ascii=False)
    held = [mark for mark in turns.marks if mark in said]
    if held:
        raise BadRow("special_token", f"{', '.join(held)} among the words")


def _require_room(prompt: str, answer: str, turns: Turns, context: int) -> None:
    tokens = len(token_ids(turns.tokenizer, prompt)) + len(token_ids(turns.tokenizer, answer))
    if tokens > context:
        raise BadRow("too_long", f"{tokens} tokens, and the student has room for {context}")
