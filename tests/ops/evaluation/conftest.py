"""Prompts, answers and one whole evaluation of a student with random weights."""

from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.run import evaluate
from ops.prompts.contract import PROMPTS
from ops.teacher.contract import RESPONSES

CONFIG = EvaluationConfig(prompts=20, max_new_tokens=8, batch=9)


@pytest.fixture(scope="session")
def mix(prompt_rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mix") / "prompts.parquet"
    tables.write(tables.from_rows(prompt_rows, PROMPTS), path)
    return path


@pytest.fixture(scope="session")
def taught(response_rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taught") / "responses.parquet"
    tables.write(tables.from_rows(response_rows, RESPONSES), path)
    return path


@pytest.fixture(scope="session")
def evaluated(
    student_folder: Path, mix: Path, taught: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What an evaluation that nobody stopped leaves, of repair and held-out prompts."""
    out = tmp_path_factory.mktemp("evaluated")
    evaluate(student_folder, ([mix], [taught]), CONFIG, out)
    return out
