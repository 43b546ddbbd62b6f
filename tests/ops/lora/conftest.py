"""Corrections of eight prompts, and an adapter that was trained on them."""

from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.lora.config import LoraConfig
from ops.lora.train import adapt
from ops.training.config import TrainingConfig

BAD = "<tool_call>\nQQQQ"
CONFIG = LoraConfig(
    training=TrainingConfig(learning_rate=1e-2, epochs=2, validations=2),
    rank=4,
    alpha=8,
    dropout=0.0,
    replay=1,
    validation=0.2,
)


def written(rows: list[dict[str, Any]], folder: Path) -> Path:
    """The rows as a table in the folder."""
    path = folder / "critiques.parquet"
    tables.write(tables.from_rows(rows, CRITIQUES), path)
    return path


@pytest.fixture(scope="session")
def corrections(supervision: Any) -> list[dict[str, Any]]:
    """Eight right answers of the repair split, as if the student had missed them."""
    texts = [row for row in supervision.texts.to_pylist() if row["split"] == "repair"]
    return [
        {
            "prompt_id": row["prompt_id"],
            "category": "truncated",
            "prompt": row["text"][: row["cuts"][0]],
            "bad_output": BAD,
            "finished": False,
            "critique": "It is cut off.",
            "corrected": row["text"][row["cuts"][0] :],
            "saw_reference": False,
            "reason": None,
            "student_score": 0.0,
            "teacher_score": 1.0,
            "origin": "critique",
        }
        for row in texts[:8]
    ]


@pytest.fixture(scope="session")
def adapted(
    student_folder: Path,
    shards_folder: Path,
    corrections: list[dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any]]:
    """The folder of a run, and its figures."""
    out = tmp_path_factory.mktemp("lora")
    figures = adapt(student_folder, shards_folder, written(corrections, out), CONFIG, out)
    return out, figures
