"""token shards + student base → a student that answers as the teacher does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from ops.kd.config import KDConfig
from ops.losses import objective
from ops.losses.objective import Targets, Terms
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import planned
from ops.training.loop import Run, fit


def distil(student: Path, shards: Path, config: KDConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats per supervised token."""
    model, tokenizer = students.load(student), tokenizers.load(student)

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        return objective.kd(logits_NV, targets, config.divergence_weight)

    trained = fit(
        model,
        Run(
            stage="kd",
            train=planned(shards, "train"),
            validation=planned(shards, "repair"),
            objective=loss,
            config=config.training,
            out=out,
            pad=tokenizer.pad_token_id,
        ),
    )
    students.save(model, tokenizer, out / "student")
    return asdict(trained)
