"""The saved package answers held-out prompts: what it calls, free and under the tool grammar.

Judged and counted as a student's answers are (ops/evaluation), so that the figures of the file that
ships stand beside the student's own. Too few prompts to gate on: the bounds say how few.
"""

import json
from collections.abc import Callable
from typing import Any

from ops import tables
from ops.coreml.decode import Worker
from ops.evaluation.contract import EVALUATIONS, MODES
from ops.evaluation.row import Answer, evaluation_row
from ops.evaluation.summary import summarise
from ops.grammar.compiled import grammars
from ops.student.render import render_prompt

SPLIT = "heldout"


def measured(
    worker: Worker,
    tokenizer: Any,
    prompts: list[dict[str, Any]],
    step: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """The rates of the worker's answers to held-out rows of PROMPTS, by mode; {} without any.

    `step` is told how many prompts are done. Those that leave no room are left out.
    """
    rows = []
    for done, prompt in enumerate(prompts, start=1):
        tools = json.loads(prompt["tools"])
        text = render_prompt(tokenizer, json.loads(prompt["messages"]), tools)
        if worker.room(text) > 0:
            grammar = grammars(tokenizer).of(tools)
            for mode in MODES:
                said = worker.answer(text, tools if mode == "constrained" else None)
                allowed = grammar.accepts(said.text)
                answer = Answer(said.text, mode, said.finished, said.tokens, allowed)
                rows.append(evaluation_row(prompt, answer))
        step(done)
    return summarise(tables.from_rows(rows, EVALUATIONS), SPLIT) if rows else {}
