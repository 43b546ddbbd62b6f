"""Both checkers on the right answer of every case and on what is wrong in one way each."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bfcl.corrupt import CORRUPTIONS
from benchmarks.bfcl.gold import gold
from ops.evaluation.bfcl import cases
from ops.evaluation.bfcl.categories import RELEVANCE
from ops.evaluation.bfcl.check import Decoded, judge
from ops.evaluation.bfcl.verdict import UNJUDGED

ROOT = Path(__file__).resolve().parents[2]
PEER = Path(__file__).with_name("peer.py")
VERSION = "2026.3.23"
SAMPLED, SMALL = 2, 5000
"""Cases of a category in the fixture, and the characters up to which one is small."""


@dataclass
class Agreement:
    """Answers of one kind in one category: how many, right by theirs, and judged otherwise."""

    answers: int = 0
    right: int = 0
    raised: int = 0
    differ: list[str] = field(default_factory=list)


def answered(case: cases.Case) -> dict[str, Any]:
    """The case as the peer reads it, with every answer that can be made of its right one."""
    answers: list[dict[str, Any]] = []
    if case.category in RELEVANCE:
        names = [one["name"].replace(".", "_") for one in case.functions]
        called = [[name, {}] for name in names[:2]]
        answers += [
            {"kind": "call", "calls": called[:1] or [["nobody_offered", {}]]},
            {"kind": "two_calls", "calls": called},
            {"kind": "arguments_no_object", "calls": [[name, "text"] for name in names[:1]]},
            {"kind": "empty", "calls": []},
        ]
    else:
        right = gold(case.category, case.functions, case.truth)
        for kind, corrupt in CORRUPTIONS.items():
            calls = corrupt(right, case.functions)
            if calls is not None:
                answers.append({"kind": kind, "calls": calls})
    answers.append({"kind": "not_read", "broken": "words"})
    return {
        "id": case.id, "category": case.category, "functions": case.functions,
        "truth": case.truth, "answers": answers,
    }  # fmt: skip


def ours(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Our verdicts on the answers of a case."""
    told = []
    for answer in row["answers"]:
        calls = tuple((name, arguments) for name, arguments in answer.get("calls", ()))
        decoded = Decoded(calls, answer.get("broken", ""))
        verdict = judge(row["category"], row["functions"], decoded, row["truth"])
        told.append({"valid": verdict.valid, "error_type": verdict.error_type})
    return told


def peer(rows: Sequence[dict[str, Any]], python: Path) -> tuple[dict[str, str], list[Any]]:
    """The benchmark's version and its verdicts on the answers of each case."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row) + "\n")
        stream.flush()
        done = subprocess.run(
            [str(python), str(PEER), stream.name],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the peer ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "{["]
    return lines[0], lines[1:]


def compared(
    rows: Sequence[dict[str, Any]], theirs: Sequence[Any]
) -> dict[tuple[str, str], Agreement]:
    """By category and kind of answer. An exception of theirs agrees with UNJUDGED of ours."""
    found: dict[tuple[str, str], Agreement] = {}
    for row, verdicts in zip(rows, theirs, strict=True):
        for answer, mine, other in zip(row["answers"], ours(row), verdicts, strict=True):
            kept = found.setdefault((row["category"], answer["kind"]), Agreement())
            kept.answers += 1
            kept.right += other.get("valid", False)
            kept.raised += "raised" in other
            same = mine["error_type"] == UNJUDGED if "raised" in other else mine == other
            if not same:
                kept.differ.append(f"{row['id']} {answer}: ours {mine}, theirs {other}"[:600])
    return found


def recorded(rows: Sequence[dict[str, Any]], theirs: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The fixture of the tests: of each category a few cases, with the benchmark's verdicts.

    Small cases, and of those the ones whose answers are wrong in the most ways.
    """
    kept: dict[str, list[tuple[int, int, str, dict[str, Any]]]] = {}
    for row, verdicts in zip(rows, theirs, strict=True):
        answers = [
            answer | {"verdict": verdict}
            for answer, verdict in zip(row["answers"], verdicts, strict=True)
        ]
        faults = {answer["verdict"].get("error_type") for answer in answers}
        size = max(SMALL, len(json.dumps(row | {"answers": answers})))
        ranked = (size, -len(faults), row["id"], row | {"answers": answers})
        kept.setdefault(row["category"], []).append(ranked)
    for found in kept.values():
        yield from (row for *_, row in sorted(found, key=lambda one: one[:3])[:SAMPLED])


def environment(folder: Path) -> Path:
    """The interpreter of the benchmark's environment, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        package = f"bfcl-eval=={VERSION}"
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--no-deps", package],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr[-300:]}")
    return python


def package_data(folder: Path) -> Path:
    """Where the whole benchmark lies in that environment."""
    return next(folder.glob("lib/python*/site-packages/bfcl_eval/data"))
