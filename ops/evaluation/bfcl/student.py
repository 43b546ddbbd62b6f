"""A student answers the benchmark's cases: greedy, batched, and no case twice.

The tools stand in the prompt as the student's chat template writes them. Not here: what the answers
are worth (check.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from transformers.utils.logging import disable_progress_bar

from ops import progress
from ops.digest import digest
from ops.errors import InputError
from ops.evaluation.bfcl.answers import Answers, Held
from ops.evaluation.bfcl.cases import Case
from ops.evaluation.bfcl.identity import Decoding
from ops.evaluation.bfcl.rows import Said
from ops.evaluation.generate import Student
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.encode import token_ids
from ops.student.render import END, render_prompt

BATCH_TOKENS = 16_384
"""Tokens of prompts and answers that are in memory together: a batch is as large as that allows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A case as the student reads it."""

    case: Case
    text: str
    tokens: int
    key: str


def answers_of(
    folder: Path, listed: Sequence[Case], decoding: Decoding, held: Answers
) -> dict[str, Said]:
    """Case id → what the student says; whatever `held` has not is asked, and kept in it.

    Raises:
        InputError: the folder holds no student that can be asked.
        DiskFull: there was no room for the answers.
    """
    tokenizer = _tokenizer(folder)
    asked, said = _prepared(tokenizer, listed)
    disable_progress_bar()  # type: ignore[no-untyped-call]
    model = students.load(folder)
    context = tokenizer.model_max_length
    room = min(context, getattr(model.config, "max_position_embeddings", context))
    room -= decoding.max_new_tokens
    for one in asked:
        if one.tokens > room:
            told = f"{one.tokens} tokens, and {room} are left beside the answer"
            said[one.case.id] = Said(missing="too_long", detail=told)
    fitting = [one for one in asked if one.tokens <= room]
    writer = Student(model, tokenizer, decoding.max_new_tokens)
    done = 0
    for batch in _batches(fitting, decoding.max_new_tokens):
        # A batch is asked whole or not at all: its width is part of the arithmetic.
        if any(one.key not in held for one in batch):
            tools = [one.case.tools for one in batch] if decoding.constrained else None
            outputs = writer.answer([one.text for one in batch], tools)
            pairs = zip(batch, outputs, strict=True)
            held.add((one.key, Held(output.text, output.finished)) for one, output in pairs)
        done += len(batch)
        progress.report("bfcl", done, len(fitting))
    return said | {one.case.id: Said(*held[one.key]) for one in fitting}


def _tokenizer(folder: Path) -> Any:
    try:
        tokenizer = tokenizers.load(folder)
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"--model {folder}: its tokenizer cannot be read: {first}") from error
    if not tokenizer.chat_template or END not in tokenizer.get_vocab():
        raise InputError(
            f"--model {folder}: its tokenizer has no chat template, or no token {END} that ends an "
            f"answer; a student of this project has both"
        )
    tokenizer.pad_token = tokenizer.pad_token or END
    return tokenizer


def _prepared(tokenizer: Any, listed: Sequence[Case]) -> tuple[list[Asked], dict[str, Said]]:
    """The cases by length, and those that the template refuses."""
    asked, refused = list[Asked](), dict[str, Said]()
    for case in listed:
        try:
            text = render_prompt(tokenizer, case.messages, case.tools)
        except TemplateError as error:
            refused[case.id] = Said(missing="template", detail=f"the chat template says: {error}")
            continue
        count = len(token_ids(tokenizer, text))
        asked.append(Asked(case, text, count, digest(text, case.tools)))
    return sorted(asked, key=lambda one: (one.tokens, one.case.id)), refused


def _batches(asked: Sequence[Asked], answer: int) -> Iterator[list[Asked]]:
    """In order, each of at most BATCH_TOKENS when padded to its longest; at least one a batch."""
    batch: list[Asked] = []
    for one in asked:
        if batch and (len(batch) + 1) * (one.tokens + answer) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch
