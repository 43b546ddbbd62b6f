"""One row of the evaluations table: a prompt's row, and what the student answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.scoring.score import Score, calls_json, score


@dataclass(frozen=True, slots=True)
class Answer:
    """What a student said: `finished` = it ended the answer itself, `mode` as in MODES.

    `in_grammar` says whether the tool grammar allows the output, whatever the mode. `right` = nats
    and tokens of the right answer, where they were measured.
    """

    output: str
    mode: str
    finished: bool
    tokens: int
    in_grammar: bool
    right: tuple[float, int] | None = None


def evaluation_row(prompt: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The answer's row of EVALUATIONS; `prompt` is a row of PROMPTS, with its columns in JSON."""
    return scored_row(prompt, answer, judge(prompt, answer))


def judge(prompt: Mapping[str, Any], answer: Answer) -> Score:
    """The score of an answer to a row of PROMPTS."""
    return score(
        answer.output,
        tools=json.loads(prompt["tools"]),
        expected=json.loads(prompt["expected"]) if prompt["expected"] else None,
        carries=json.loads(prompt["carries"]) if prompt["carries"] else None,
        finished=answer.finished,
    )


def scored_row(prompt: Mapping[str, Any], answer: Answer, judged: Score) -> dict[str, Any]:
    """The row of an answer that has its score."""
    evidence = judged.evidence
    nats, tokens = answer.right or (None, None)
    return {
        **{key: prompt[key] for key in ("prompt_id", "split", "kind", "source")},
        "mode": answer.mode,
        "output": answer.output,
        "finished": answer.finished,
        "tokens": answer.tokens,
        "calls": calls_json(judged.calls),
        "calls_expected": len(json.loads(prompt["expected"])) if prompt["expected"] else None,
        "json_valid": judged.json_valid,
        "in_grammar": None if judged.json_valid is None else answer.in_grammar,
        "tool_selected": judged.tool_selected,
        "arguments_right": judged.arguments_right,
        "arguments_total": judged.arguments_total,
        "exact": judged.exact,
        "needless_call": judged.needless_call,
        "missing_call": judged.missing_call,
        "integration_f1": judged.integration_f1,
        "category": judged.category,
        "evidence_offset": evidence.offset if evidence else None,
        "evidence_expected": evidence.expected if evidence else None,
        "evidence_found": evidence.found if evidence else None,
        "right_nats": nats,
        "right_tokens": tokens,
    }
