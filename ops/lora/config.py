"""What can be set about the repair adapter. Values live in configs/<profile>.yaml, section lora."""

from pydantic import BaseModel, ConfigDict, Field

from ops.losses.config import RepairConfig
from ops.training.config import TrainingConfig


class LoraConfig(BaseModel):
    """One run: process_checkpoint and critique_table → lora_adapter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    rank: int = Field(
        default=16, gt=0, description="of the update, on every linear layer but the head"
    )
    alpha: int = Field(default=32, gt=0, description="scale of the update is alpha / rank")
    replay: float = Field(
        default=3.0,
        ge=0,
        description="examples of the shards mixed in for each correction, against forgetting",
    )
    repair: RepairConfig | None = Field(
        default=None,
        description="unlearn the student's broken outputs beside learning their corrections; null: "
        "only the corrections are learnt",
    )
    caws_strength: float = Field(
        default=0.0,
        ge=0,
        description="a correction counts 1 + this times what its calls keep better to their form "
        "than the student's did, from 0 to 1",
    )
