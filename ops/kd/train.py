"""token shards + student base → a student that answers as the teacher does."""

from pathlib import Path
from typing import Any

from ops.kd.config import KDConfig
from ops.losses.objective import Weighted
from ops.training.checkpoint import Checkpoint


def distil(student: Path, shards: Path, config: KDConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats."""
    objective = Weighted(config.divergence_weight, 0.0, {})
    settings = config.model_dump(mode="json")
    return Checkpoint("kd", student, shards, out).train(objective, config.training, settings)
