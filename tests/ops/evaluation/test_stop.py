"""A kill in the middle, and the same command again: the same bytes, nothing asked twice."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.evaluation.contract import BROKERED
from ops.evaluation.run import choose, evaluate
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall
from tests.ops.evaluation.conftest import CONFIG

pytestmark = pytest.mark.usefixtures("one_thread")
TABLES = ("evaluations.parquet", "arguments.parquet", "brokered.parquet", "header.json")


def same_bytes(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in TABLES)


def file(out: Path) -> Path | None:
    return next((out / "logs").glob("answers-*.jsonl"), None)


def lines(out: Path) -> list[bytes]:
    path = file(out)
    return path.read_bytes().splitlines(keepends=True) if path else []


def kill_after(wanted: int, out: Path, work: Callable[[], Any]) -> None:
    """Work in a child that is killed once so many lines are on disk."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    deadline = time.monotonic() + 60
    while len(lines(out)) < wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it had ended before"


def test_after_a_kill_it_goes_on_to_the_same_bytes(
    student_folder: Path, mix: Path, taught: Path, evaluated: Path, tmp_path: Path
) -> None:
    def work() -> dict[str, Any]:
        return evaluate(student_folder, ([mix], [taught]), CONFIG, tmp_path)

    kill_after(8, tmp_path, work)
    kept = lines(tmp_path)
    assert 8 <= len(kept) < len(lines(evaluated))
    path = file(tmp_path)
    assert path
    with path.open("ab") as stream:
        stream.write(b'{"task": "free", "number": 9, "ids": ["torn')
    work()
    assert same_bytes(tmp_path, evaluated)
    after = lines(tmp_path)
    assert [line for line in kept if line.endswith(b"\n")] == after[: len(kept)]
    asked = Counter((one["task"], one["number"]) for one in map(json.loads, after))
    assert set(asked.values()) == {1}
    assert len(after) == len(lines(evaluated))


def test_a_right_call_goes_on_to_its_recorded_result(
    student_folder: Path, mix: Path, taught: Path, evaluated: Path, tmp_path: Path
) -> None:
    """The student calls nothing right by itself: it is resumed with right calls as its answers."""
    asked = {row["prompt_id"]: row for row in choose([mix], [taught], CONFIG.prompts)}

    def call(prompt_id: str) -> str:
        message = json.loads(asked[prompt_id]["messages"])[-2]
        made = message["tool_calls"][0]["function"]
        arguments = json.loads(made["arguments"])
        return render_answer("", [ToolCall(made["name"], arguments, "", "openai")])[:-10]

    held = [json.loads(line) for line in lines(evaluated)]
    for batch in held:
        if batch["task"] == "call_free":
            batch["values"] = [[call(name), 30, True] for name in batch["ids"]]
    path = file(evaluated)
    assert path
    (tmp_path / "logs").mkdir()
    text = "".join(json.dumps(one) + "\n" for one in held)
    (tmp_path / "logs" / path.name).write_text(text, encoding="utf-8")
    evaluate(student_folder, ([mix], [taught]), CONFIG, tmp_path)
    rows = tables.rows(tables.read(tmp_path / "brokered.parquet", BROKERED))
    free = [row for row in rows if row["mode"] == "free"]
    assert len(free) == sum(row["kind"] == "integration" for row in asked.values()) > 3
    for row in free:
        assert (row["hit"], row["reason"], row["carried"]) == (True, None, False)
        assert row["integration_f1"] == 0.0 and row["output"]
    for row in rows:
        if row["mode"] == "constrained":
            assert (row["hit"], row["output"]) == (False, None)
            assert row["reason"] in ("no_call", "other_tool", "broken_call")
