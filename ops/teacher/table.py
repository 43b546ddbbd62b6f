"""Answers → the tables of a partition: accepted, refused with a reason, log-probabilities.

Rows are written while the answers come in; what is in memory does not grow with their number.
"""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from ops import tables
from ops.reasoning.cut import tagged
from ops.scoring.accept import accept
from ops.teacher import logprobs, policy
from ops.teacher.config import TeacherConfig
from ops.teacher.contract import (
    LOGPROB_NUMBERS,
    LOGPROBS,
    REFUSED,
    RESPONSES,
    UNFINISHED,
    VOCABULARY,
)
from ops.teacher.vocabulary import Vocabulary, pieces
from ops.teacher.wire.record import Answer
from ops.teacher.wire.tokens import NONE

TRAINED = ("train", "repair")
"""Splits whose log-probabilities somebody reads."""
TOLD = (
    "model",
    "system_fingerprint",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "reasoning_chars",
)


class Asked(Protocol):
    """One request's outcome (resources/teacher.py)."""

    @property
    def key(self) -> str: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def cost(self) -> int: ...
    @property
    def cost_source(self) -> str: ...
    @property
    def latency_ms(self) -> int | None: ...


@dataclass(slots=True)
class Counts:
    """How many prompts ended how.

    Attributes:
        accepted, refused: rows of the two tables; together the prompts.
        reasons: refused ones by reason.
        answered: prompts whose answer had no problem before it was judged.
        with_reasoning: answers that came with reasoning.
        logprobs: accepted ones by what became of their log-probabilities.
        cost_microdollars: what all of them cost.
    """

    accepted: int = 0
    refused: int = 0
    answered: int = 0
    with_reasoning: int = 0
    cost_microdollars: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    logprobs: Counter[str] = field(default_factory=Counter)

    @property
    def with_logprobs(self) -> int:
        """Rows of the table of log-probabilities."""
        return self.logprobs["kept"]

    @property
    def unfinished(self) -> int:
        """Prompts that may get an answer when they are asked again."""
        return sum(self.reasons[reason] for reason in UNFINISHED)


def write(
    prompts: Iterable[dict[str, Any]], asked: Iterable[Asked], out: Path, config: TeacherConfig
) -> Counts:
    """One row for every prompt, in one of the two tables; both iterables are walked once.

    Leaves responses.parquet, refused.parquet, logprobs.parquet and logprobs_vocabulary.parquet.

    Raises:
        InputError: the teacher's tokenizer cannot be read.
        ValueError: there are not as many prompts as answers.
    """
    known = pieces(Path(config.tokenizer)) if config.tokenizer else None
    with ExitStack() as stack:
        table = _Table(
            config,
            stack.enter_context(tables.Writer(out / "responses.parquet", RESPONSES)),
            stack.enter_context(tables.Writer(out / "refused.parquet", REFUSED)),
            stack.enter_context(tables.Writer(out / "logprobs.parquet", LOGPROBS, LOGPROB_NUMBERS)),
            Vocabulary(known),
        )
        for prompt, one in zip(prompts, asked, strict=True):
            table.add(prompt, one)
    vocabulary = tables.from_rows(table.vocabulary.rows(), VOCABULARY)
    tables.write(vocabulary, out / "logprobs_vocabulary.parquet")
    return table.counts


@dataclass(slots=True)
class _Table:
    config: TeacherConfig
    responses: tables.Writer
    refused: tables.Writer
    logprobs: tables.Writer
    vocabulary: Vocabulary
    counts: Counts = field(default_factory=Counts)

    def add(self, prompt: dict[str, Any], one: Asked) -> None:
        answer = policy.apply(one.answer, self.config)
        self.counts.answered += not answer.problem
        self.counts.with_reasoning += bool(answer.dropped)
        self.counts.cost_microdollars += one.cost
        row = _row(prompt, one, answer)
        reason, detail, learnt = _judge(answer, prompt)
        if reason:
            self.counts.refused += 1
            self.counts.reasons[reason] += 1
            self.refused.add(row | {"reason": reason, "detail": detail})
            return
        answer = self._with_logprobs(answer, prompt, one.key)
        self.counts.accepted += 1
        self.counts.logprobs[answer.logprobs] += 1
        self.responses.add(row | learnt | _kept(answer, self.config))

    def _with_logprobs(self, answer: Answer, prompt: dict[str, Any], key: str) -> Answer:
        """The answer with the status of its log-probabilities, which have been written if kept."""
        if answer.logprobs != "kept":
            return answer
        if prompt["split"] not in TRAINED:
            return replace(answer, tokens=NONE, logprobs="unused")
        row = logprobs.row(answer.tokens, self.vocabulary)
        if row is None:
            return replace(answer, tokens=NONE, logprobs="misaligned")
        self.logprobs.add({"prompt_id": prompt["prompt_id"], "request_key": key} | row)
        return answer


def _row(prompt: dict[str, Any], one: Asked, answer: Answer) -> dict[str, Any]:
    row = {name: prompt[name] for name in ("prompt_id", "split", "kind", "source")}
    row |= {name: getattr(answer, name) for name in TOLD}
    return row | {
        "request_key": one.key,
        "latency_ms": one.latency_ms,
        "cost_microdollars": one.cost,
        "cost_source": one.cost_source,
    }


def _judge(answer: Answer, prompt: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    if answer.problem:
        return answer.problem, answer.detail, {}
    message = {"role": "assistant", "content": answer.content, "tool_calls": answer.tool_calls}
    verdict = accept(message, prompt)
    learnt = {"content": verdict.content, "calls": verdict.calls, "dialect": verdict.dialect}
    if tagged(verdict.content) or tagged(verdict.calls):
        return "reasoning_left", "a tag of reasoning in what was read", {}
    return verdict.reason, verdict.detail, learnt


def _kept(answer: Answer, config: TeacherConfig) -> dict[str, Any]:
    licensed = policy.keeps(config)
    return {
        "dropped": json.dumps(answer.dropped),
        "reasoning": answer.reasoning or None if licensed else None,
        "reasoning_licence": config.reasoning_licence if licensed else None,
        "logprobs": answer.logprobs,
    }
