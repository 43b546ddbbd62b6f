"""The texts that are read: BFCL's right calls in every dialect, and what a real teacher answered.

Both come from files that are not part of the repository; what is not there gives no texts.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.dialects.write import WRITERS, Pair
from ops.prompts.layouts import bfcl

KINDS = ("simple_python", "multiple", "parallel", "parallel_multiple")
RECORDED = "recorded"
"""Stands for the dialect of a recorded answer, which only its reader can tell."""


@dataclass(frozen=True, slots=True)
class Text:
    """One answer; `gold` are the calls that it was written from, None where nobody knows."""

    id: str
    dialect: str
    text: str
    tools: list[dict[str, Any]]
    gold: list[Pair] | None


def written(folder: Path, most: int) -> Iterator[Text]:
    """The right calls of `most` prompts of each kind, once in each dialect, after words."""
    for kind in KINDS:
        questions = folder / f"BFCL_v4_{kind}.json"
        if not questions.is_file():
            continue
        answers = {
            row["id"]: row["ground_truth"]
            for row in _rows(folder / "possible_answer" / questions.name)
        }
        for row in _rows(questions)[:most]:
            prompt = bfcl.read(row, answers)
            gold = [(call["name"], _arguments(call)) for call in prompt.expected or []]
            for dialect, write in WRITERS.items():
                text = f"I will look that up.\n{write(gold)}"
                yield Text(row["id"], dialect, text, prompt.tools, gold)


def recorded(path: Path, most: int) -> Iterator[Text]:
    """The contents of the recorded answers, as they came."""
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, most)]
    for row in rows:
        message = row["response"]["choices"][0]["message"]
        tools = row["request"].get("tools") or []
        yield Text(row["bfcl_id"], RECORDED, message.get("content") or "", tools, None)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _arguments(call: dict[str, Any]) -> dict[str, Any]:
    """The first accepted value of each argument that may not be left out."""
    return {
        name: _first(accepted[0])
        for name, accepted in call["arguments"].items()
        if "" not in accepted
    }


def _first(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _first(one[0]) for key, one in value.items() if "" not in one}
    return [_first(one) for one in value] if isinstance(value, list) else value
