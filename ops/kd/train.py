"""token shards + student base → a student that answers as the teacher does."""

from pathlib import Path
from typing import Any

from torch import Tensor

from ops.kd.config import KDConfig
from ops.losses import objective
from ops.losses.objective import Targets, Terms
from ops.training.checkpoint import Checkpoint


def distil(student: Path, shards: Path, config: KDConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats per supervised token."""

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        return objective.kd(logits_NV, targets, config.divergence_weight)

    return Checkpoint("kd", student, shards, out).train(loss, config.training)
