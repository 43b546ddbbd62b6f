"""Failures and the teacher's replies → corrections that passed the scorer; reasons for the rest."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ops.critiques.ask import read
from ops.scoring.accept import Verdict, accept
from ops.student.render import render_answer, render_prompt
from ops.toolcalls.call import ToolCall

Row = dict[str, Any]


class Reply(Protocol):
    """What came back of one request (ops/teacher/wire.py)."""

    @property
    def content(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def detail(self) -> str: ...


def to_repair(failures: Iterable[Row], most: int) -> list[Row]:
    """The failures worth asking about: of the repair split, one a prompt, free decoding first."""
    chosen: dict[str, Row] = {}
    for row in sorted(failures, key=lambda row: (row["prompt_id"], row["mode"] != "free")):
        if row["split"] == "repair":
            chosen.setdefault(row["prompt_id"], row)
    return list(chosen.values())[:most]


def correct(
    failure: Row, prompt: Row, reply: Reply, first: Row | None, tokenizer: Any
) -> tuple[Row | None, Row | None]:
    """(correction, None) or (None, unrepaired row).

    The reply to the critique counts first; if it fails, the teacher's accepted answer to the prompt
    itself does (`first`, a row of RESPONSES), and the critique stays null.
    """
    told = read(reply.content) if not reply.problem else None
    verdict = (
        accept(told.message, prompt)
        if told
        else Verdict(reply.problem or "not_as_asked", reply.detail)
    )
    row = {
        "prompt_id": prompt["prompt_id"],
        "category": failure["category"],
        "prompt": render_prompt(
            tokenizer, json.loads(prompt["messages"]), json.loads(prompt["tools"])
        ),
        "bad_output": failure["output"],
        "finished": failure["finished"],
    }
    if told and not verdict.reason:
        corrected = _answer(verdict.content, verdict.calls)
        return row | {"critique": told.critique, "corrected": corrected, "origin": "critique"}, None
    if first is not None:
        corrected = _answer(first["content"], first["calls"])
        return row | {"critique": None, "corrected": corrected, "origin": "first_answer"}, None
    unrepaired = {
        "prompt_id": prompt["prompt_id"],
        "category": failure["category"],
        "reason": verdict.reason,
        "detail": verdict.detail,
    }
    return None, unrepaired


def _answer(content: str, calls: str) -> str:
    listed: Iterable[Mapping[str, Any]] = json.loads(calls)
    return render_answer(
        content, [ToolCall(call["name"], call["arguments"], "", "openai") for call in listed]
    )
