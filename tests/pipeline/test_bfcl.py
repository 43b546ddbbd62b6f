"""`apprentice evaluate` through the real command line: a recording's answers, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.errors import PipelineError
from ops.evaluation.bfcl.contract import CASES
from pipeline.cli.evaluate import evaluate
from tests.bfcl import write_benchmark

from .conftest import Command
from .test_cli import one_line


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    return write_benchmark(tmp_path / "data")


def call(width: float, height: float) -> dict[str, Any]:
    arguments = json.dumps({"width": width, "height": height})
    return {"function": {"name": "shape_area", "arguments": arguments}}


def recording(path: Path) -> Path:
    """What a model said to four of the cases, as it goes over the wire."""
    tools = [{"type": "function", "function": {"name": "shape_area"}}]
    said: dict[str, dict[str, Any]] = {
        "Area of 2 by 3?": {"content": None, "tool_calls": [call(2, 3)]},
        "Area of 4 by 5?": {"content": None, "tool_calls": [call(4, 5), call(4, 5)]},
        "Who are you?": {"content": json.dumps(call(1, 1)["function"])},
    }
    lines = [
        {
            "request": {"messages": [{"role": "user", "content": asked}], "tools": tools},
            "status": 200,
            "response": {
                "choices": [{"finish_reason": "stop", "message": {"role": "assistant", **message}}]
            },
        }
        for asked, message in said.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_recording_is_scored_and_asked_once(
    command: Command, benchmark: Path, tmp_path: Path
) -> None:
    answers, out = recording(tmp_path / "answers.jsonl"), tmp_path / "out"
    given = ("evaluate", "--bfcl", str(benchmark), "--endpoint", f"replay:{answers}")
    given += ("--out", str(out))
    done = command(*given)
    assert done.returncode == 0, done.stderr
    rows = {row["id"]: row for row in tables.rows(tables.read(out / "cases.parquet", CASES))}
    assert {name: (row["valid"], row["error_type"]) for name, row in rows.items()} == {
        "simple_python_0": (True, None),
        "simple_python_1": (False, "simple_function_checker:wrong_count"),
        "simple_python_2": (None, "bad_row"),
        "irrelevance_0": (False, "irrelevance_error:decoder_success"),
        "live_relevance_0-0-0": (None, "not_recorded"),
    }
    header = json.loads((out / "header.json").read_text(encoding="utf-8"))
    assert header["categories"]["simple_python"]["accuracy"] == 0.5
    assert header["categories"]["live_relevance"]["not_judged"] == {"not_recorded": 1}
    assert header["answers"]["endpoint"].startswith("replay:")
    assert header["answers"]["model"] == "stub"
    assert sorted(header["benchmark"]["files"]) == [
        "BFCL_v4_irrelevance.json",
        "BFCL_v4_live_relevance.json",
        "BFCL_v4_simple_python.json",
        "possible_answer/BFCL_v4_simple_python.json",
    ]
    assert "50.0%" in done.stdout
    assert "not scored: multi_turn_base (several turns" in done.stdout
    before = {name: (out / name).read_bytes() for name in ("cases.parquet", "header.json")}
    again = command(*given)
    assert again.returncode == 0, again.stderr
    assert "4 requests, 0 of them answered before" in done.stderr
    assert again.stderr == ""
    assert {name: (out / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "nobody to ask: give --model FOLDER", id="nobody"),
        pytest.param({"model": "/no/such"}, "no config.json and no tokenizer.json", id="model"),
        pytest.param(
            {"endpoint": "stub", "categories": "multi_turn_base"},
            "multi_turn_base is not scored here: several turns", id="category",
        ),
        pytest.param(
            {"endpoint": "stub", "categories": "parallel"}, "BFCL_v4_parallel.json is missing",
            id="file",
        ),
        pytest.param({"endpoint": "stub", "constrained": True}, "it wants --model", id="where"),
        pytest.param(
            {"endpoint": "http://127.0.0.1:9/v1"}, "which model of http://127.0.0.1:9/v1", id="name"
        ),
        pytest.param(
            {"endpoint": "stub", "out": Path(__file__) / "x"}, "cannot be made: Not a directory",
            id="out",
        ),
        pytest.param({"endpoint": "ftp://x"}, "expected stub, replay:FILE or a URL", id="url"),
    ],
)  # fmt: skip
def test_bad_input_is_told(benchmark: Path, given: dict[str, Any], told: str) -> None:
    with pytest.raises(PipelineError, match=told) as error:
        evaluate(benchmark, **given)
    assert "\n" not in str(error.value)


def test_a_folder_without_the_benchmark_is_one_line(command: Command, tmp_path: Path) -> None:
    one_line(command("evaluate", "--bfcl", str(tmp_path), "--endpoint", "stub"), "bfcl-eval")
