"""What can be set about process supervision. Values: configs/<profile>.yaml, section process."""

from pydantic import BaseModel, ConfigDict, Field

from ops.losses.config import SupervisionConfig
from ops.training.config import TrainingConfig


class ProcessConfig(BaseModel):
    """One run: token shards and kd_checkpoint → process_checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    supervision: SupervisionConfig = Field(
        default=SupervisionConfig(), description="what is minimised"
    )
