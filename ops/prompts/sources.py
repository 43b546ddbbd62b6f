"""Prompts from a file or folder: rows of the layouts in layouts/, or a reason why they are none.

What a file and a row are, is told by their content. A row that cannot be used becomes a row of
REJECTED. Which of the prompts a day has, and whether one stands there twice, is not decided here.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.prompts.config import MixConfig
from ops.prompts.files.folder import files
from ops.prompts.files.read import read_rows
from ops.prompts.kind import kind_of
from ops.prompts.layouts import bfcl
from ops.prompts.layouts.prompt import BadRow, Prompt
from ops.prompts.layouts.read import read
from ops.prompts.row import row
from ops.prompts.split import split_of

ANSWERS = "possible_answer"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands: its source, its file from the source's name on, its line."""

    source: str
    file: str
    line: int

    def rejected(self, reason: str, detail: str) -> dict[str, Any]:
        """The row of REJECTED."""
        return {
            "file": self.file,
            "line": self.line,
            "reason": reason,
            "detail": detail[:300],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a source: a row of PROMPTS, or one of REJECTED."""

    place: Place
    prompt: dict[str, Any] | None = None
    rejected: dict[str, Any] | None = None


def read_source(
    path: Path, name: str, config: MixConfig, wanted: Collection[Place] | None = None
) -> Iterator[Found]:
    """Every row of a file, or of the files that lie directly in a folder; of those wanted only.

    The split of a prompt is decided by its own hash, whatever stands beside it.

    Raises:
        InputError: the path is missing, or a folder has no such file.
    """
    for file in files(path):
        inside = file.name if file == path else f"{path.name}/{file.name}"
        answers = _answers(file)
        for found in read_rows(file):
            place = Place(name, inside, found.number)
            if wanted is not None and place not in wanted:
                continue
            if found.value is None:
                yield Found(place, rejected=place.rejected(found.reason, found.detail))
                continue
            try:
                prompt = read(found.value, answers)
            except BadRow as error:
                yield Found(place, rejected=place.rejected(error.reason, error.detail))
            else:
                yield Found(place, _row(prompt, file.name, config))


def _answers(file: Path) -> dict[str, Any]:
    """Right calls by row id, of the answer file beside a file of the benchmark, if there is one."""
    beside = file.parent / ANSWERS / file.name
    if not beside.is_file():
        return {}
    values = [found.value for found in read_rows(beside) if found.value is not None]
    return {value["id"]: value["ground_truth"] for value in values if bfcl.is_answer(value)}


def _row(prompt: Prompt, file: str, config: MixConfig) -> dict[str, Any]:
    long = config.long_characters
    made = row(
        prompt.messages,
        prompt.tools,
        prompt.expected,
        kind=kind_of(prompt.messages, prompt.tools, prompt.expected, long),
        external_id=prompt.external_id,
        source=f"{file}:{prompt.layout}",
    )
    return made | {"split": split_of(made["prompt_id"], config.splits)}
