"""A student or an endpoint by the benchmark's rules: asked, judged, written down and shown.

    <out>/cases.parquet    a row a case (ops/evaluation/bfcl/contract.py)
    <out>/header.json      what was asked of whom, by digests, and the figures
    <out>/answers-*.jsonl, <out>/journal/    what a rerun goes on from: a student's, an endpoint's

Equal answers give equal bytes of the first two.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ops import progress, tables
from ops.digest import digest, file_digest
from ops.errors import InputError, SettingsError
from ops.evaluation.bfcl import cases
from ops.evaluation.bfcl.answers import Answers
from ops.evaluation.bfcl.cases import Case
from ops.evaluation.bfcl.categories import NOT_SCORED
from ops.evaluation.bfcl.contract import CASES
from ops.evaluation.bfcl.identity import Decoding, identity
from ops.evaluation.bfcl.rows import Said, case_row
from ops.evaluation.bfcl.summary import Rate, rates
from ops.teacher import request
from ops.teacher.wire import Answer
from resources.lake import Lake
from resources.profile import ROOT
from resources.settings import Settings
from resources.teacher import Teacher

EMBEDDED = "stub"
RULES = "bfcl_eval 2026.3.23"
HOME = ROOT / "data_lake" / "bfcl"
ANSWERED = ("", "truncated", "empty", "refusal", "reasoning_starved")
"""With these problems a teacher's answer is none to learn from, and still an answer to judge."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: the cases, and the digest of each file that they come from."""

    cases: list[Case]
    files: dict[str, str]
    limit: int | None
    not_scored: list[str]

    @property
    def usable(self) -> list[Case]:
        """Those that can be asked and judged."""
        return [case for case in self.cases if not case.problem]


def questions(path: Path, categories: Sequence[str], limit: int | None) -> Questions:
    """The cases of the categories, or of all whose files are there when none is named.

    Raises:
        InputError: a file is missing, or there is nothing to score.
    """
    folder = cases.folder_of(path)
    there, others = cases.present(folder)
    names = list(categories) or there
    if not names:
        raise InputError(f"--bfcl {path} holds no category that is scored here: {others}")
    files = {
        str(file.relative_to(folder)): file_digest(file)
        for name in names
        for file in cases.files_of(folder, name)
    }
    listed = [case for name in names for case in cases.read(folder, name, limit)]
    return Questions(listed, files, limit, others)


def place(out: Path | None, who: dict[str, Any]) -> Path:
    """Where the files go: the folder that is named, or one of its own for who answers.

    Raises:
        InputError: it cannot be made.
    """
    folder = (out or HOME / digest(who)[:12]).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"--out {folder} cannot be made: {error.strerror}; name another folder"
        ) from error
    return folder


def endpoint_settings(
    profile: str, overrides: dict[str, str], out: Path | None
) -> tuple[Settings, dict[str, Any], Path]:
    """The settings under which an endpoint is asked, its identity, and the folder.

    Raises:
        SettingsError: nobody says which model to ask of somebody's endpoint.
    """
    settings = Settings(profile=profile, overrides=overrides)
    config = settings.load().teacher
    if config.model == EMBEDDED and config.endpoint.startswith("http"):
        raise SettingsError(f"which model of {config.endpoint}? Give its name there with --model")
    teacher = Teacher(settings=settings, lake=Lake(settings=settings))
    body = request.body(config, [], [], logprobs=False)
    who = {"endpoint": teacher.identity()} | {k: v for k, v in body.items() if k != "messages"}
    folder = place(out, who)
    own = {"lake.root": json.dumps(str(folder.parent)), "lake.name": json.dumps(folder.name)}
    return Settings(profile=profile, overrides=overrides | own), who, folder


def ask_endpoint(settings: Settings, listed: Sequence[Case], console: Console) -> dict[str, Said]:
    """Case id → what the endpoint says; what the journal holds is not asked again.

    Raises:
        TeacherStopped: the endpoint cannot be asked; a rerun goes on.
    """
    config = settings.load().teacher
    lake = Lake(settings=settings)
    lake.require_room()
    teacher = Teacher(settings=settings, lake=lake)
    bodies = [request.body(config, case.messages, case.tools, logprobs=False) for case in listed]
    answers = teacher.ask(bodies, "bfcl", lambda told: console.print(told, highlight=False))
    if answers.tally.stopped:
        console.print(f"asking ended early: {answers.tally.stopped}", highlight=False)
    pairs = zip(listed, answers, strict=True)
    return {case.id: _said(asked.answer) for case, asked in pairs}


def _said(answer: Answer) -> Said:
    if answer.problem not in ANSWERED:
        return Said(missing=answer.problem, detail=answer.detail)
    message = {"role": "assistant", "content": answer.content, "tool_calls": answer.tool_calls}
    return Said(message, answer.finish_reason != "length")


def ask_student(
    model: Path, listed: Sequence[Case], decoding: Decoding, out: Path | None
) -> tuple[dict[str, Said], dict[str, Any], Path]:
    """Case id → what a student says, its identity, and the folder; a rerun goes on.

    Raises:
        InputError: there is no student, or one that cannot be asked.
    """
    who = identity(model, decoding)
    folder = place(out, who)
    from ops.evaluation.bfcl import student

    with Answers(folder / f"answers-{digest(who)[:12]}.jsonl") as held:
        return student.answers_of(model, listed, decoding, held), who, folder


def write(asked: Questions, said: dict[str, Said], who: dict[str, Any], folder: Path) -> list[Rate]:
    """The table and the header; returns the rates by category."""
    none = Said()
    rows = [case_row(case, none if case.problem else said[case.id]) for case in asked.cases]
    found = rates(rows)
    tables.write(tables.from_rows(rows, CASES), folder / "cases.parquet")
    header = {
        "benchmark": {"rules": RULES, "files": asked.files, "cases_a_category": asked.limit},
        "answers": who,
        "categories": {rate.category: rate.plain() for rate in found},
        "not_scored": asked.not_scored,
    }
    text = json.dumps(header, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "header.json").write_text(text + "\n", encoding="utf-8")
    return found


def show(found: Sequence[Rate], asked: Questions, folder: Path, console: Console) -> None:
    """The table for a person."""
    table = Table("category", "n", "accuracy", "95 % interval", "not judged")
    for column in table.columns[1:]:
        column.justify = "right"
    for rate in found:
        table.add_row(rate.category, str(rate.n), *_share(rate), str(sum(rate.missing.values())))
    console.print(table)
    for rate in found:
        counted = [
            *rate.errors.items(),
            *((f"not judged: {k}", v) for k, v in rate.missing.items()),
        ]
        told = ", ".join(f"{name} {count}" for name, count in counted) or "nothing wrong"
        console.print(f"{rate.category}: {told}", highlight=False, soft_wrap=True)
    for name in asked.not_scored:
        why = next(reason for one, reason in NOT_SCORED.items() if name.startswith(one))
        console.print(f"not scored: {name} ({why})", highlight=False, soft_wrap=True)
    console.print(f"{folder}/cases.parquet", highlight=False, soft_wrap=True)


def _share(rate: Rate) -> tuple[str, str]:
    if rate.accuracy is None or rate.low is None or rate.high is None:
        return "", ""
    return f"{rate.accuracy:.1%}", f"{rate.low:.1%} to {rate.high:.1%}"


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Progress inside the block: a line that changes, or without a terminal one a quarter."""
    if console.is_terminal:
        with console.status("") as status, progress.sink(lambda at: status.update(str(at))):
            yield
    else:
        told = progress.quarters(lambda line: console.print(line, highlight=False))
        with progress.sink(told):
            yield
