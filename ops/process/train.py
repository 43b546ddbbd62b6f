"""token shards + kd_checkpoint → a student with more weight on its decisions."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from ops.losses import objective
from ops.losses.objective import Targets, Terms
from ops.process.config import ProcessConfig
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import planned
from ops.training.loop import Run, fit


def supervise(student: Path, shards: Path, config: ProcessConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats per supervised token."""
    model, tokenizer = students.load(student), tokenizers.load(student)
    weights = config.spans.model_dump()

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        return objective.combine(
            objective.kd(logits_NV, targets, config.divergence_weight),
            objective.process(logits_NV, targets, weights),
            config.process_weight,
        )

    trained = fit(
        model,
        Run(
            stage="process",
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
