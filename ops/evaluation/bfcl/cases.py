"""The benchmark's files of one turn, as the package bfcl-eval carries them, one case a row.

    BFCL_v4_<category>.json                    a JSON object a line: id, question, function
    possible_answer/BFCL_v4_<category>.json    id, ground_truth; not for relevance and irrelevance

A case is asked as the pipeline asks a prompt (ops/prompts/layouts/bfcl.py), with the hint about the
language that the benchmark adds (hint.py), and judged with the functions as they stand in the file.
A row that cannot be asked or judged is a case with a problem. Not here: the rules (check.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Len
from pydantic import BaseModel, TypeAdapter, ValidationError

from ops.errors import InputError
from ops.evaluation.bfcl.categories import NOT_SCORED, RELEVANCE, SCORED
from ops.evaluation.bfcl.hint import hinted
from ops.prompts.files.read import read_rows
from ops.prompts.layouts import bfcl
from ops.prompts.layouts.prompt import BadRow

PREFIX, SUFFIX, ANSWERS = "BFCL_v4_", ".json", "possible_answer"
PACKAGE = (".", "data", "bfcl_eval/data")


class _Argument(BaseModel):
    type: str
    items: "_Argument | None" = None


class _Parameters(BaseModel):
    properties: dict[str, _Argument]
    required: list[str]


class _Function(BaseModel):
    name: str
    description: str
    parameters: _Parameters


_FUNCTIONS = TypeAdapter(list[_Function])
_TRUTH = TypeAdapter(
    Annotated[list[Annotated[dict[str, dict[str, list[Any]]], Len(1, 1)]], Len(min_length=1)]
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is asked, in OpenAI's form, and what it is judged by, in the benchmark's.

    `problem` is empty, or says why the case can be neither asked nor judged.
    """

    id: str
    category: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    functions: list[dict[str, Any]] = field(default_factory=list)
    truth: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    problem: str = ""


def folder_of(path: Path) -> Path:
    """The folder with the files: the path itself, or what lies below a package's.

    Raises:
        InputError: there is no file of the benchmark.
    """
    for below in PACKAGE:
        if any((path / below).glob(f"{PREFIX}*{SUFFIX}")):
            return path / below
    raise InputError(
        f"--bfcl {path}: no {PREFIX}*{SUFFIX} there; expected the folder data of the package "
        f"bfcl-eval (pip download --no-deps bfcl-eval==2026.3.23, then unzip the wheel)"
    )


def present(folder: Path) -> tuple[list[str], list[str]]:
    """The categories whose files are there: those that are scored, and those that are not."""
    names = {path.name[len(PREFIX) : -len(SUFFIX)] for path in folder.glob(f"{PREFIX}*{SUFFIX}")}
    others = sorted(name for name in names if any(name.startswith(one) for one in NOT_SCORED))
    return [name for name in SCORED if name in names], others


def files_of(folder: Path, category: str) -> list[Path]:
    """The file of the questions, and that of the answers where the category has one.

    Raises:
        InputError: one is missing; says which and what to do.
    """
    questions = folder / f"{PREFIX}{category}{SUFFIX}"
    answers = folder / ANSWERS / questions.name
    if not questions.is_file():
        there = ", ".join(present(folder)[0]) or "none"
        raise InputError(f"{questions} is missing; the categories that are there: {there}")
    if category in RELEVANCE:
        return [questions]
    if not answers.is_file():
        raise InputError(
            f"{answers} is missing, and {category} cannot be scored without its accepted values; "
            f"copy it from the package, or leave the category out with --categories"
        )
    return [questions, answers]


def read(folder: Path, category: str, limit: int | None = None) -> list[Case]:
    """The cases of a category in the file's order, at most `limit`.

    Raises:
        InputError: a file is missing.
    """
    files = files_of(folder, category)
    truths = {name: row.get("ground_truth") for path in files[1:] for name, row, _ in _rows(path)}
    return [
        Case(name, category, problem=problem) if problem else _case(row, category, truths)
        for name, row, problem in _rows(files[0])[:limit]
    ]


def _rows(path: Path) -> list[tuple[str, dict[str, Any], str]]:
    """Id, content and problem of each row; a row that cannot be read is named by its number."""
    rows: list[tuple[str, dict[str, Any], str]] = []
    for row in read_rows(path):
        value = row.value or {}
        problem = f"{row.reason}: {row.detail}" if row.reason else ""
        if not problem and not isinstance(value.get("id"), str):
            problem = "bad_row: it has no id"
        name = f"{path.name}:{row.number}" if problem else value["id"]
        rows.append((name, value, problem))
    return rows


def _case(row: dict[str, Any], category: str, truths: dict[str, Any]) -> Case:
    judged = category not in RELEVANCE
    try:
        prompt = bfcl.read(hinted(row, category), {})
        _FUNCTIONS.validate_python(row["function"])
        truth = truths.get(row["id"])
        if judged:
            _TRUTH.validate_python(truth)
    except BadRow as error:
        return Case(row["id"], category, problem=f"{error.reason}: {error.detail}")
    except (ValidationError, KeyError, RecursionError) as error:
        told = _first(error) if isinstance(error, ValidationError) else type(error).__name__
        return Case(row["id"], category, problem=f"bad_row: {told}")
    functions: Sequence[dict[str, Any]] = row["function"]
    return Case(
        id=row["id"],
        category=category,
        messages=prompt.messages,
        tools=prompt.tools,
        functions=list(functions),
        truth=list(truth or []) if judged else [],
    )


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"[:300]
