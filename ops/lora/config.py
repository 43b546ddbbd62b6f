"""What can be set about the repair adapter. Values live in configs/<profile>.yaml, section lora."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ops.losses.config import RepairConfig
from ops.training.config import TrainingConfig


class LoraConfig(BaseModel):
    """One run: process_checkpoint and critique_table → lora_adapter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    rank: int = Field(default=64, gt=0, description="of the update of each layer, in directions")
    alpha: int = Field(default=16, gt=0, description="scale of the update is alpha / rank")
    dropout: float = Field(
        default=0.05, ge=0, lt=1, description="share of a layer's inputs that the update misses"
    )
    targets: tuple[str, ...] = Field(
        default=(),
        description="names of the linear layers that are updated, such as q_proj; empty: every one "
        "but the head",
    )
    quantise: Literal["nf4"] | None = Field(
        default=None,
        description="hold the frozen student in 4 bits while its adapter is trained (QLoRA, needs "
        "CUDA and bitsandbytes); null: as it is",
    )
    replay: float = Field(
        default=3.0,
        ge=0,
        description="examples of the shards mixed in for each correction, against forgetting",
    )
    validation: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="share of the corrected prompts, by their hash, that only judge; at least one",
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
