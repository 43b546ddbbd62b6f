"""What can be set about knowledge distillation. Values: configs/<profile>.yaml, section kd."""

from pydantic import BaseModel, ConfigDict, Field

from ops.training.config import TrainingConfig


class KDConfig(BaseModel):
    """One run: token shards and student base → kd_checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    divergence_weight: float = Field(
        default=0.5, ge=0, le=1, description="of KL against cross-entropy, where both are known"
    )
