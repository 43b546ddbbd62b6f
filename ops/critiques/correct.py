"""Failures and the teacher's replies → corrections that passed the scorer; reasons for the rest."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ops.caws.score import structure
from ops.critiques.ask import read
from ops.scoring.accept import Verdict, accept
from ops.student.render import END, render_answer, render_prompt
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name
from ops.toolcalls.validate import Validator

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
        answer = _answer(verdict.content, verdict.calls)
        said: Row = {"critique": told.critique, "corrected": answer, "origin": "critique"}
    elif first is not None:
        answer = _answer(first["content"], first["calls"])
        said = {"critique": None, "corrected": answer, "origin": "first_answer"}
    else:
        return None, _unrepaired(failure, verdict)
    return row | said | _forms(failure["output"], answer, prompt), None


def _unrepaired(failure: Row, verdict: Verdict) -> Row:
    return {
        "prompt_id": failure["prompt_id"],
        "category": failure["category"],
        "reason": verdict.reason,
        "detail": verdict.detail,
    }


def _answer(content: str, calls: str) -> str:
    listed: Iterable[Mapping[str, Any]] = json.loads(calls)
    return render_answer(
        content, [ToolCall(call["name"], call["arguments"], "", "openai") for call in listed]
    )


def _forms(output: str, corrected: str, prompt: Row) -> Row:
    """How well the calls of both answers keep to their form, from 0 to 1."""
    tools = json.loads(prompt["tools"])
    offered, validator = {tool_name(tool): tool for tool in tools}, Validator(tools)
    return {
        name: structure(read_calls(text.removesuffix(END), offered), validator)
        for name, text in (("student_score", output), ("teacher_score", corrected))
    }
