"""A sentence and its tools → the answer of a shipped package, or of any student folder, here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.toolcalls.call import Reading

Tools = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer and what was read of it."""

    text: str
    tokens: int
    finished: bool
    seconds: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers: a tokenizer, and what writes text, tokens and whether it ended by itself."""

    name: str
    tokenizer: Any
    write: Callable[[str, Sequence[Any] | None], tuple[str, int, bool]]

    def answer(self, request: str, tools: Tools, constrained: bool) -> Said:
        """The answer to one request, decoded greedily."""
        from ops.student.render import render_prompt
        from ops.toolcalls.read import read_calls
        from ops.toolcalls.tool import tool_name

        prompt = render_prompt(self.tokenizer, [{"role": "user", "content": request}], tools)
        began = time.monotonic()
        text, tokens, finished = self.write(prompt, tools if constrained else None)
        seconds = time.monotonic() - began
        reading = read_calls(text, {tool_name(tool): tool for tool in tools})
        return Said(text, tokens, finished, seconds, reading)


def of_package(path: Path, most: int) -> Speaker:
    """A bundle, run by the interpreter. Raises InputError or ContractError if it is none."""
    from ops.coreml.contract import PACKAGE, TOKENIZER
    from ops.coreml.decode import Worker
    from ops.coreml.proof import opened
    from ops.student import tokenizer as tokenizers

    bundle = opened(path)
    tokenizer = tokenizers.load(bundle.path / TOKENIZER)
    worker = Worker(bundle.path / PACKAGE, bundle.config, tokenizer, most)

    def write(prompt: str, tools: Sequence[Any] | None) -> tuple[str, int, bool]:
        found = worker.answer(prompt, tools)
        return found.text, found.tokens, found.finished

    return Speaker(f"{bundle.path / PACKAGE}, by the interpreter", tokenizer, write)


def of_student(folder: Path, most: int) -> Speaker:
    """A Hugging Face folder, run by PyTorch. Raises InputError if it is none."""
    from ops.evaluation.generate import Student
    from ops.student import model as students
    from ops.student import tokenizer as tokenizers

    tokenizer = tokenizers.load(folder)
    student = Student(students.load(folder), tokenizer, most)

    def write(prompt: str, tools: Sequence[Any] | None) -> tuple[str, int, bool]:
        found = student.answer([prompt], None if tools is None else [tools])[0]
        return found.text, found.tokens, found.finished

    return Speaker(f"{folder}, by PyTorch", tokenizer, write)
