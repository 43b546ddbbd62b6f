"""token shards + kd_checkpoint → a student with more weight on its decisions."""

from pathlib import Path
from typing import Any

from torch import Tensor

from ops.losses import objective
from ops.losses.objective import Targets, Terms
from ops.process.config import ProcessConfig
from ops.training.checkpoint import Checkpoint


def supervise(student: Path, shards: Path, config: ProcessConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats per supervised token."""
    weights = config.spans.model_dump()

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        return objective.combine(
            objective.kd(logits_NV, targets, config.divergence_weight),
            objective.process(logits_NV, targets, weights),
            config.process_weight,
        )

    return Checkpoint("process", student, shards, out).train(loss, config.training)
