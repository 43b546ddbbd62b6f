"""Distillation from shards to a student folder."""

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from ops import tables
from ops.kd.config import KDConfig
from ops.kd.train import distil
from ops.losses.config import DenseConfig, DistillationConfig
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.config import ScratchConfig
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS

TRAINING = TrainingConfig(learning_rate=3e-3, epochs=1, validations=2)


def test_leaves_a_student_that_learnt(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    figures = distil(student_folder, shards_folder, KDConfig(training=TRAINING), tmp_path)
    assert figures["last_loss"] < figures["first_loss"]
    rows = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    assert all(dict(row["parts"])["cross_entropy"] > 0 for row in rows)
    assert any("divergence" in dict(row["parts"]) for row in rows)
    before, after = students.load(student_folder), students.load(tmp_path / "student")
    assert not torch.equal(before.lm_head.weight, after.lm_head.weight)
    assert tokenizers.load(tmp_path / "student").chat_template == (
        tokenizers.load(student_folder).chat_template
    )


def test_without_divergence_the_loss_is_cross_entropy(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    config = KDConfig(training=TRAINING, distillation=DistillationConfig(divergence_weight=0.0))
    distil(student_folder, shards_folder, config, tmp_path)
    for row in tables.rows(tables.read(tmp_path / "steps.parquet", STEPS)):
        assert dict(row["parts"])["cross_entropy"] == pytest.approx(row["loss"], rel=1e-6)
        assert "divergence" not in dict(row["norms"])


def test_a_teacher_that_is_here_has_its_share_and_teaches(
    student_folder: Path, shards_folder: Path, tokenizer: Any, tmp_path: Path
) -> None:
    teacher = students.scratch(
        ScratchConfig(vocabulary=600, hidden=64, heads=4), tokenizer, 512, seed=5
    )
    with torch.no_grad():
        teacher.lm_head.weight.mul_(4.0)
    students.save(teacher, tokenizer, tmp_path / "teacher")
    dense = DenseConfig(teacher=str(tmp_path / "teacher"), weight=0.75)
    plain = DistillationConfig(divergence_weight=0.0)
    training = TRAINING.model_copy(update={"epochs": 0.5, "validations": 1})
    config = KDConfig(training=training, distillation=plain, dense=dense)
    figures = distil(student_folder, shards_folder, config, tmp_path)
    rows = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    for row in rows:
        parts = dict(row["parts"])
        whole = 0.25 * parts["cross_entropy"] + 0.75 * parts["dense_kl"]
        assert row["loss"] == pytest.approx(whole, rel=1e-5)
    assert dict(rows[-1]["parts"])["dense_kl"] < 0.9 * dict(rows[0]["parts"])["dense_kl"]
    assert dict(rows[0]["norms"])["dense_kl"] > 0
    assert figures["best_validation"] < figures["start_validation"]


@pytest.mark.parametrize("preset", ["production", "research", "fast", "paper"])
def test_structured_agent_distillation_by_the_name_of_its_settings(
    student_folder: Path, shards_folder: Path, tmp_path: Path, preset: str
) -> None:
    training = TRAINING.model_copy(update={"epochs": 0.5, "validations": 1})
    config = KDConfig.model_validate({"training": training, "agent": preset})
    distil(student_folder, shards_folder, config, tmp_path)
    rows = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    assert all(dict(row["norms"])["divergence"] > 0 for row in rows if dict(row["norms"]))
    text = [dict(row["parts"])["cross_entropy"] for row in rows]
    assert text[-1] < text[0]
    parts = {name for row in rows for name in dict(row["parts"])}
    assert ("divergence_action" in parts) == (preset != "fast")


def test_a_preset_that_is_none_is_told() -> None:
    with pytest.raises(ValidationError, match="'best' is no preset; there are production"):
        KDConfig.model_validate({"agent": "best"})
