"""token shards + student base → a student that answers as the teacher does."""

from pathlib import Path
from typing import Any

from torch import Tensor

from ops.kd.config import KDConfig
from ops.losses.agent import AgentDistillation
from ops.losses.contract import Objective
from ops.losses.distillation import Distillation
from ops.training.checkpoint import Checkpoint


def distil(student: Path, shards: Path, config: KDConfig, out: Path) -> dict[str, Any]:
    """Train into `out`; figures in nats."""

    def objective(embeddings_VH: Tensor) -> Objective:
        if config.agent is not None:
            return AgentDistillation(config.agent, embeddings_VH)
        return Distillation(config.distillation, embeddings_VH)

    # The teacher is in the fingerprint by its content, wherever it lies.
    settings = config.model_dump(mode="json", exclude={"dense": {"teacher"}})
    of = Checkpoint("kd", student, shards, out, dense=config.dense)
    return of.train(objective, config.training, settings)
