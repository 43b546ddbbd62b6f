"""A lake as a benchmark finds it, made of the small world's parts, and stages without processes."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.lake import Data
from benchmarks.stages import Stages
from tests.conftest import CONTEXT


@pytest.fixture
def data(
    day_folder: Path,
    shards_folder: Path,
    student_folder: Path,
    response_rows: list[dict[str, Any]],
    tmp_path: Path,
) -> Data:
    """The small world as a lake; a new student has two layers of width 64."""
    from ops import tables
    from ops.teacher.contract import RESPONSES
    from resources.settings import Settings

    answered = tmp_path / "responses"
    answered.mkdir()
    tables.write(tables.from_rows(response_rows, RESPONSES), answered / "responses.parquet")
    (answered / "logprobs.parquet").symlink_to(day_folder / "logprobs.parquet")
    overrides = {
        "student.context": str(CONTEXT),
        "student.scratch": "{hidden: 64, layers: 2, heads: 4, kv_heads: 2, feed_forward: 128}",
        "evaluation.max_new_tokens": "4",
    }
    settings = Settings(profile="tiny", overrides=overrides)
    return Data(settings, day_folder, answered, student_folder, shards_folder, {"train": 72})


@pytest.fixture
def started() -> list[str]:
    """The modules of the stages that ran, in their order."""
    return []


@pytest.fixture
def stages(started: list[str], tmp_path: Path) -> Stages:
    """Every stage does its real work, in this process."""

    def start(module: str, spec: dict[str, Any], out: Path) -> dict[str, Any]:
        started.append(module)
        program = module if module.startswith("benchmarks") else f"{module}.__main__"
        stage = importlib.import_module(program)
        work: Callable[[Any, Path], dict[str, Any]] = stage.work
        return work(stage.Spec.model_validate(spec), out)

    return Stages(tmp_path / "work", start=start)
