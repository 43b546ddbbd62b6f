"""Prompts from files: OpenAI's form, or the Berkeley Function Calling Leaderboard as it lies.

What a line is, is told by its content. A line that cannot be used becomes a row with a reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops import tables
from ops.errors import InputError
from ops.prompts import bfcl
from ops.prompts.chat import BadRow, ask_of, read_messages, right_calls
from ops.prompts.config import SplitShares
from ops.prompts.contract import PROMPTS, REJECTED
from ops.prompts.expected import from_ground_truth
from ops.prompts.lines import read_lines
from ops.prompts.row import row
from ops.prompts.schema import problem

REASONS = (
    "unreadable", "not_utf8", "not_json", "not_an_object", "too_large", "surrogate", "nul",
    "unknown_layout", "no_messages", "bad_messages", "bad_tools", "bad_calls", "multi_turn",
    "duplicate",
)  # fmt: skip
SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
ANSWERS = "possible_answer"
_Row = dict[str, Any]


def read_prompts(path: Path, shares: SplitShares) -> tuple[pa.Table, pa.Table]:
    """The prompts of a file, or of the files that lie directly in a folder; and what was rejected.

    The split of a prompt is decided by its own hash, whatever stands beside it.

    Raises:
        InputError: the path is missing, a folder has no such file, or no line could be used.
    """
    files = _files(path)
    prompts: dict[str, _Row] = {}
    rejected: list[_Row] = []
    for file in files:
        for found in _File(file, _answers(file), shares).rows():
            if "reason" in found:
                rejected.append(found)
            elif found["row"]["prompt_id"] in prompts:
                detail = f"the same messages and tools as prompt {found['row']['prompt_id']}"
                rejected.append(_reject(file, found["line"], "duplicate", detail))
            else:
                prompts[found["row"]["prompt_id"]] = found["row"]
    if not prompts:
        why = f"; line {rejected[0]['line']}: {rejected[0]['reason']}" if rejected else ""
        raise InputError(
            f"no prompt could be read from {path}{why}; expected JSON lines with messages and "
            f"tools, or files of the Berkeley Function Calling Leaderboard"
        )
    return tables.from_rows(prompts.values(), PROMPTS), tables.from_rows(rejected, REJECTED)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"prompt source {path} does not exist; name a file or a folder")
    files = sorted(one for one in path.iterdir() if one.is_file() and one.name.endswith(SUFFIXES))
    if not files:
        raise InputError(f"prompt source {path} is a folder without {', '.join(SUFFIXES)}")
    return files


def _answers(file: Path) -> dict[str, list[_Row]]:
    """Right calls by row id, of the answer file beside a file of the benchmark, if there is one."""
    beside = file.parent / ANSWERS / file.name
    if not beside.is_file():
        return {}
    values = [line.value for line in read_lines(beside) if line.value is not None]
    return {v["id"]: v["ground_truth"] for v in values if bfcl.is_answer(v)}


def _reject(file: Path, line: int, reason: str, detail: str) -> _Row:
    return {"file": str(file), "line": line, "reason": reason, "detail": detail[:300]}


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    answers: dict[str, list[_Row]]
    shares: SplitShares

    def rows(self) -> Iterator[_Row]:
        """{"line", "row"} for a prompt, a row of REJECTED for another line."""
        for line in read_lines(self.path):
            if line.value is None:
                yield _reject(self.path, line.number, line.reason, line.detail)
                continue
            try:
                yield {"line": line.number, "row": self._prompt(line.value)}
            except BadRow as error:
                yield _reject(self.path, line.number, error.reason, error.detail)

    def _prompt(self, value: _Row) -> _Row:
        if bfcl.is_row(value):
            return self._benchmark(value)
        if "messages" in value:
            return self._chat(value)
        keys = ", ".join(map(str, list(value)[:8]))
        raise BadRow("unknown_layout", f"neither messages nor question among the keys {keys}")

    def _benchmark(self, value: _Row) -> _Row:
        if bfcl.is_multi_turn(value):
            raise BadRow("multi_turn", f"{value['id']} has several turns")
        turns = value["question"]
        messages = ask_of(read_messages(turns[0] if isinstance(turns, list) and turns else None))
        listed = value.get("function")
        tools = _tools([bfcl.tool(one) for one in listed] if isinstance(listed, list) else None)
        truth = self.answers.get(value["id"])
        expected: list[_Row] | None = [] if bfcl.no_call_is_right(value["id"]) else None
        if truth is not None:
            expected = _ground_truth(truth)
        return self._row(messages, tools, expected, value["id"], bfcl.category(value["id"]))

    def _chat(self, value: _Row) -> _Row:
        messages = read_messages(value["messages"])
        tools = _tools(value.get("tools") or [])
        expected = None
        if messages[-1]["role"] == "assistant":
            expected = right_calls(messages.pop(), tools)
        given = value.get("id")
        external_id = str(given)[:200] if isinstance(given, str | int) else None
        return self._row(ask_of(messages), tools, expected, external_id, "chat")

    def _row(
        self,
        messages: list[_Row],
        tools: list[_Row],
        expected: list[_Row] | None,
        external_id: str | None,
        kind: str,
    ) -> _Row:
        made = row(messages, tools, expected, kind="external", external_id=external_id)
        source = f"{self.path.name}:{kind}"
        return made | {"source": source, "split": _split(made["prompt_id"], self.shares)}


def _ground_truth(truth: Any) -> list[_Row]:
    try:
        return from_ground_truth(truth)
    except (AttributeError, TypeError) as error:
        raise BadRow("bad_calls", "the answer file has no list of calls for this row") from error


def _tools(given: Any) -> list[_Row]:
    if not isinstance(given, list):
        raise BadRow("bad_tools", "the tools are not a list")
    names = set()
    for position, tool in enumerate(given, start=1):
        found = problem(tool)
        if found:
            raise BadRow("bad_tools", f"tool {position} {found}")
        names.add(tool["function"]["name"])
    if len(names) < len(given):
        raise BadRow("bad_tools", "two tools have one name")
    return given


def _split(prompt_id: str, shares: SplitShares) -> str:
    point = int(prompt_id[:8], 16) / 2**32
    if point < shares.train:
        return "train"
    return "repair" if point < shares.train + shares.repair else "heldout"
