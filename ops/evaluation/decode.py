"""Questions → a student's answers, in batches of like length, each recorded as it ends.

A batch is decoded with a KV cache and ends when its last answer does, so prompts are asked in the
order of their length, the longest first: what does not fit in memory is known at once.
Not here: which questions there are (run.py), and how tokens are chosen (generate.py).
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeVar

from ops import progress, tables
from ops.errors import SettingsError
from ops.evaluation.answers import Answers, Batch
from ops.evaluation.contract import PACE
from ops.evaluation.generate import Output, Student, in_batches
from ops.evaluation.right import nats

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Question:
    """A rendered prompt, its tokens, and the tools that it offers; `right` = the right answer."""

    id: str
    text: str
    tokens: int
    tools: str
    right: str | None = None


class Desk:
    """Where a student answers; `expected` is how many answers there will be, for the time left."""

    def __init__(self, student: Student, answers: Answers, batch: int, expected: int) -> None:
        """Batches that `answers` holds are not asked again."""
        self._student, self._answers, self._batch = student, answers, batch
        self.expected = expected
        self._done = self._asked = self._tokens = 0
        self._seconds = 0.0

    def answer(self, task: str, mode: str, questions: Sequence[Question]) -> dict[str, Output]:
        """The student's answer to each question, by id."""

        def ask(batch: list[Question]) -> tuple[list[Any], int]:
            tools = [json.loads(one.tools) for one in batch] if mode == "constrained" else None
            outputs = self._student.answer([one.text for one in batch], tools)
            return [astuple(one) for one in outputs], sum(one.tokens for one in outputs)

        found = self._each(task, questions, ask)
        return {name: Output(*value) for name, value in found.items()}

    def right(self, questions: Sequence[Question]) -> dict[str, tuple[float, int]]:
        """Nats and tokens of the right answers, where they are known, by id."""
        known = [one for one in questions if one.right is not None]

        def force(batch: list[Question]) -> tuple[list[Any], int]:
            texts, answers = [one.text for one in batch], [one.right or "" for one in batch]
            values = nats(self._student.model, self._student.tokenizer, texts, answers)
            return list(values), sum(tokens for _, tokens in values)

        found = self._each("right", known, force)
        return {name: (value[0], value[1]) for name, value in found.items()}

    def _each(
        self,
        task: str,
        questions: Sequence[Question],
        work: Callable[[list[Question]], tuple[list[Any], int]],
    ) -> dict[str, Any]:
        ordered = sorted(questions, key=lambda one: (-one.tokens, one.id))
        found: dict[str, Any] = {}
        for number, part in enumerate(in_batches(len(ordered), self._batch)):
            batch = [ordered[index] for index in part]
            ids = [one.id for one in batch]
            values = self._answers.find(task, number, ids)
            if values is None:
                began = time.monotonic()
                with in_memory(len(batch), batch[0].tokens):
                    values, tokens = work(batch)
                seconds = time.monotonic() - began
                self._answers.add(Batch(task, number, ids, values, tokens, round(seconds, 4)))
                self._count(len(batch), tokens, seconds)
            found |= zip(ids, values, strict=True)
            self._done += len(batch)
            self._tell(task)
        return found

    def _count(self, asked: int, tokens: int, seconds: float) -> None:
        self._asked += asked
        self._tokens += tokens
        self._seconds += seconds

    def _tell(self, task: str) -> None:
        figures = {"task": task.replace("_", " ")}
        if self._seconds:
            left = (self.expected - self._done) * self._seconds / self._asked
            figures |= {
                "tokens_s": str(round(self._tokens / self._seconds)),
                "left": progress.clock(left),
            }
        progress.report("evaluation", self._done, self.expected, **figures)


@contextmanager
def in_memory(rows: int, tokens: int) -> Iterator[None]:
    """Say which setting to change where a batch does not fit."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        if not isinstance(error, MemoryError) and not any(part in told for part in NO_MEMORY):
            raise
        raise SettingsError(
            f"evaluation.batch is {rows}, and so many prompts of up to {tokens} tokens do not fit "
            f"in memory ({told[:120]}); set it lower, then run the same command again"
        ) from error


def write_pace(answers: Answers, out: Path) -> None:
    """Leave how long each batch took in logs/pace.parquet, where no data version looks."""
    rows = [
        {
            "task": one.task,
            "batch": one.number,
            "answers": len(one.ids),
            "tokens": one.tokens,
            "seconds": one.seconds,
            "tokens_per_second": one.tokens / one.seconds if one.seconds else 0.0,
        }
        for one in answers.batches.values()
    ]
    tables.write(tables.from_rows(rows, PACE), out / "logs" / "pace.parquet")
