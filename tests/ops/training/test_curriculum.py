"""The first epoch goes from easy to hard, the same wherever a run is gone on with."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ops import tables
from ops.kd.config import KDConfig
from ops.kd.train import distil
from ops.losses.complexity import complexity
from ops.spans.contract import KINDS
from ops.training.batch import planned, supervised
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS
from ops.training.curriculum import first_epoch

EASY_FIRST = TrainingConfig(order="complexity")
WORDS, CALL = ["prompt", "prose"], ["prompt", "tool_name"]


def row(kinds: list[str]) -> dict[str, Any]:
    """An example of which no teacher told anything."""
    kinds_T = [KINDS.index(kind) for kind in kinds]
    return {"span_kind": kinds_T, "teacher_at": [], "teacher_ids": [], "teacher_logp": []}


def test_a_batch_is_as_hard_as_its_examples_in_the_mean() -> None:
    batches = [
        [row([*CALL, "tool_name"])],  # 2
        [
            row(CALL),
            row(WORDS),
            row(WORDS),
            row([*CALL, "json_value", "json_value"]),
        ],  # 4 of four examples
        [row(WORDS)] * 9,  # 0
        [row(CALL)],  # 1
    ]
    assert first_epoch(batches, EASY_FIRST) == (2, 1, 3, 0)
    assert first_epoch(batches, TrainingConfig()) == ()


def test_the_shards_are_visited_from_easy_to_hard(shards_folder: Path) -> None:
    batches = planned(shards_folder, "train")
    found = first_epoch(batches, EASY_FIRST)
    hard = [sum(map(complexity, batches[n])) / len(batches[n]) for n in found]
    assert sorted(found) == list(range(len(batches)))
    assert hard == sorted(hard)
    assert hard[-1] > 1.2 * hard[0]


def test_a_stage_takes_them_in_that_order(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    """Told by the targets of each step, which differ from batch to batch."""
    config = KDConfig(training=TrainingConfig(order="complexity", validations=1))
    distil(student_folder, shards_folder, config, tmp_path)
    steps = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    seen = [0, *(row["tokens"] for row in steps)]
    batches = planned(shards_folder, "train")
    sizes = [sum(len(supervised(row["span_kind"])) for row in batch) for batch in batches]
    assert len(set(sizes)) > len(sizes) / 2
    expected = [sizes[number] for number in first_epoch(batches, EASY_FIRST)]
    assert [after - before for before, after in pairwise(seen)] == expected


def test_a_run_that_would_leave_the_hard_out_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"epochs 0\.5 leaves the hardest"):
        TrainingConfig(order="complexity", epochs=0.5)
