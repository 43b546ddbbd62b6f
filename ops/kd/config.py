"""What can be set about knowledge distillation. Values: configs/<profile>.yaml, section kd."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ops.losses.config import PRESETS, AgentConfig, DenseConfig, DistillationConfig
from ops.training.config import TrainingConfig


class KDConfig(BaseModel):
    """One run: token shards and student base → kd_checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    distillation: DistillationConfig = Field(
        default=DistillationConfig(), description="what is minimised, if agent is null"
    )
    agent: AgentConfig | None = Field(
        default=None,
        description="structured-agent distillation instead: its settings, or the name of some: "
        + ", ".join(PRESETS),
    )
    dense: DenseConfig | None = Field(
        default=None,
        description="beside either: the whole distribution of a teacher that is on this machine",
    )

    @field_validator("agent", mode="before")
    @classmethod
    def _preset(cls, value: Any) -> Any:
        if isinstance(value, str) and value not in PRESETS:
            raise ValueError(f"{value!r} is no preset; there are {', '.join(PRESETS)}")
        return PRESETS[value] if isinstance(value, str) else value
