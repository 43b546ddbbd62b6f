"""Process supervision from shards to a student folder."""

from pathlib import Path
from typing import Any

import pytest

from assets.training import restored
from ops import tables
from ops.losses.config import DecisionWeights, DistillationConfig, MarginConfig, SupervisionConfig
from ops.process.config import ProcessConfig
from ops.process.train import supervise
from ops.prompts.contract import PROMPTS
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store
from ops.spans.contract import KINDS as KINDS_OF_TOKENS
from ops.teacher.contract import LOGPROBS, VOCABULARY
from ops.training.batch import planned
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS

TRAINING = TrainingConfig(learning_rate=1e-3, epochs=0.5, validations=1)
KINDS = ("tool_name", "json_arguments", "integration")


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_loss_is_the_documented_sum_of_its_parts(
    student_folder: Path, shards_folder: Path, tmp_path: Path, share: float
) -> None:
    weights = DecisionWeights(tool_name=0.2, json_arguments=0.1, integration=0.05)
    supervision = SupervisionConfig(
        distillation=DistillationConfig(divergence_weight=0.0),
        kd_weight=1.0 - share,
        validity_weight=0.0,
        decisions=weights,
    )
    config = ProcessConfig(training=TRAINING, supervision=supervision)
    supervise(student_folder, shards_folder, config, tmp_path)
    rows = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    rows = [row | dict(row["parts"]) for row in rows]
    assert {kind for row in rows for kind in KINDS if kind in row} >= (
        set(KINDS) if share else set()
    )
    for row in rows:
        assert row["loss"] == pytest.approx(expected(row, weights.model_dump(), share), rel=1e-5)


def expected(row: dict[str, Any], weights: dict[str, float], share: float) -> float:
    """The kd group and the process group; inside each the shares of what is there, renormalised."""
    here = {kind: weight for kind, weight in weights.items() if kind in row}
    decided = sum(weight * row[kind] for kind, weight in here.items()) / sum(here.values())
    return float((1 - share) * row["cross_entropy"] + share * decided)


def test_names_and_answers_that_were_not_written_are_part_of_the_loss(
    student_folder: Path, shards_folder: Path, negatives: Path, tmp_path: Path
) -> None:
    """With equal shares; the same run again leaves the same bytes."""
    supervision = SupervisionConfig(
        kd_weight=0.0,
        validity_weight=0.0,
        decisions=DecisionWeights(tool_name=0, json_arguments=0, integration=0, selection=1),
        margin=MarginConfig(weight=1.0, beta=0.5),
    )
    training = TrainingConfig(learning_rate=1e-3, epochs=0.25, validations=1)
    config = ProcessConfig(training=training, supervision=supervision)
    left = []
    for out in (tmp_path / "one", tmp_path / "other"):
        supervise(student_folder, shards_folder, config, out, negatives)
        left.append((out / "student" / "model.safetensors").read_bytes())
        rows = tables.rows(tables.read(out / "steps.parquet", STEPS))
        parts = [dict(row["parts"]) for row in rows]
        assert len(rows) == 2
        for row, part in zip(rows, parts, strict=True):
            means = 0.5 * part["selection"] + 0.5 * part["margin"]
            assert row["loss"] == pytest.approx(means, rel=1e-5)
            assert row["grad_norm"] > 0
            assert all(dict(row["norms"])[name] > 0 for name in ("selection", "margin"))
    assert left[0] == left[1] != (student_folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def undecided(
    prompt_rows: list[dict[str, Any]],
    supervision: Any,
    tokenizer: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Shards that were made with shards.process_supervision off."""
    day, out = tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("undecided")
    written = {
        "prompts": tables.from_rows(prompt_rows, PROMPTS),
        "texts": supervision.texts,
        "spans": supervision.spans,
        "logprobs": tables.from_rows([], LOGPROBS),
        "logprobs_vocabulary": tables.from_rows([], VOCABULARY),
    }
    for name, table in written.items():
        tables.write(table, day / f"{name}.parquet")
    store([Day(day, day, day)], tokenizer, ShardsConfig(process_supervision=False), out)
    return out


def test_without_a_decision_the_student_is_handed_on_and_it_is_said(
    student_folder: Path, undecided: Path, tmp_path: Path
) -> None:
    rows = [row for batch in planned(undecided, "train") for row in batch]
    kinds = {kind for row in rows for kind in row["span_kind"]}
    assert kinds == {KINDS_OF_TOKENS.index("prompt"), KINDS_OF_TOKENS.index("prose")}
    assert any(row["has_call"] for row in rows)
    figures = supervise(student_folder, undecided, ProcessConfig(training=TRAINING), tmp_path)
    assert list(figures) == ["not_run"]
    assert "shards.process_supervision is off" in figures["not_run"]
    assert [path.name for path in tmp_path.iterdir()] == ["student"]
    for path in student_folder.iterdir():
        assert (tmp_path / "student" / path.name).read_bytes() == path.read_bytes()
    assert restored(tmp_path, figures)[0].found == figures["not_run"]
