"""Process supervision from shards to a student folder."""

from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.process.config import ProcessConfig, SpanWeights
from ops.process.train import supervise
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS

TRAINING = TrainingConfig(learning_rate=1e-3, epochs=0.5, validations=1)
KINDS = ("tool_name", "json_arguments", "integration")


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_loss_is_the_documented_sum_of_its_parts(
    student_folder: Path, shards_folder: Path, tmp_path: Path, share: float
) -> None:
    weights = SpanWeights(tool_name=0.2, json_arguments=0.1, integration=0.05)
    config = ProcessConfig(
        training=TRAINING, divergence_weight=0.0, process_weight=share, spans=weights
    )
    supervise(student_folder, shards_folder, config, tmp_path)
    rows = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    assert {kind for row in rows for kind in KINDS if row[kind] is not None} == set(KINDS)
    for row in rows:
        assert row["loss"] == pytest.approx(expected(row, weights.model_dump(), share), rel=1e-5)


def expected(row: dict[str, Any], weights: dict[str, float], share: float) -> float:
    present = [kind for kind in KINDS if row[kind] is not None]
    if not present:
        return float(row["cross_entropy"])
    whole = sum(weights[kind] for kind in present)
    process = sum(weights[kind] * row[kind] for kind in present) / whole
    return float((1 - share) * row["cross_entropy"] + share * process)
