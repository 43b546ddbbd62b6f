"""Failures and the teacher's replies → corrections that passed the scorer; reasons for the rest."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ops.caws.score import structure
from ops.critiques.ask import read, reference
from ops.critiques.config import CritiquesConfig
from ops.scoring.accept import Verdict, accept
from ops.student.render import END, render_answer, render_prompt
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name
from ops.toolcalls.validate import Validator

Row = dict[str, Any]
TRUNCATED = "rewriter_truncated"


class Reply(Protocol):
    """What came back of one request (ops/teacher/wire.py)."""

    @property
    def content(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def finish_reason(self) -> str: ...
    @property
    def completion_tokens(self) -> int | None: ...


def to_repair(failures: Iterable[Row], most: int) -> list[Row]:
    """The student's failures of the repair split, one a prompt, free decoding first."""
    chosen: dict[str, Row] = {}
    for row in sorted(failures, key=lambda row: (row["prompt_id"], row["mode"] != "free")):
        if row["split"] == "repair" and row["origin"] == "student":
            chosen.setdefault(row["prompt_id"], row)
    return list(chosen.values())[:most]


def judged(reply: Reply, prompt: Row, cap: int) -> tuple[str | None, Verdict]:
    """What the reply says of the failure, and whether its correction may be learnt.

    A reply that met its `cap` of tokens is TRUNCATED, also where the server did not say so and
    only what can be read of it tells: nothing is said of the student then.
    """
    told = read(reply.content) if not reply.problem else None
    met = told is None and (reply.completion_tokens or 0) >= cap
    if reply.finish_reason == "length" or reply.problem == "truncated" or met:
        return None, Verdict(TRUNCATED, f"cut at critiques.max_tokens ({cap})")
    if told is None:
        return None, Verdict(reply.problem or "not_as_asked", reply.detail)
    return told.critique, accept(told.message, prompt)


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Turns replies into corrections: with the student's tokenizer, as the teacher was asked."""

    tokenizer: Any
    config: CritiquesConfig

    def correct(
        self, failure: Row, prompt: Row, reply: Reply, first: Row | None
    ) -> tuple[Row | None, Row | None]:
        """(correction, None) or (None, unrepaired row).

        The reply to the critique counts first; if it fails, the teacher's accepted answer to the
        prompt itself does (`first`, a row of RESPONSES), and the critique stays null.
        """
        critique, verdict = judged(reply, prompt, self.config.max_tokens)
        passed = not verdict.reason
        if passed:
            answer = _answer(verdict.content, verdict.calls)
        elif first is not None:
            answer = _answer(first["content"], first["calls"])
        else:
            return None, _unrepaired(failure, verdict)
        messages, tools = json.loads(prompt["messages"]), json.loads(prompt["tools"])
        row = {
            "prompt_id": prompt["prompt_id"],
            "category": failure["category"],
            "prompt": render_prompt(self.tokenizer, messages, tools),
            "bad_output": failure["output"],
            "finished": failure["finished"],
            "critique": critique if passed else None,
            "corrected": answer,
            "saw_reference": passed and self._showed(prompt),
            "reason": verdict.reason or None,
            "origin": "critique" if passed else "first_answer",
        }
        return row | _forms(failure["output"], answer, prompt), None

    def _showed(self, prompt: Row) -> bool:
        return self.config.show_reference and reference(prompt) is not None


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
