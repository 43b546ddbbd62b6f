"""What can be set about process supervision. Values: configs/<profile>.yaml, section process."""

from pydantic import BaseModel, ConfigDict, Field

from ops.training.config import TrainingConfig


class SpanWeights(BaseModel):
    """How much each kind of decision counts; renormalised over the kinds in a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool_name: float = Field(default=0.15, ge=0, description="tokens of tool names")
    json_arguments: float = Field(default=0.15, ge=0, description="tokens of JSON arguments")
    integration: float = Field(default=0.10, ge=0, description="tokens that carry a tool's result")


class ProcessConfig(BaseModel):
    """One run: token shards and kd_checkpoint → process_checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: TrainingConfig = Field(default=TrainingConfig(), description="optimizer and pace")
    divergence_weight: float = Field(
        default=0.5, ge=0, le=1, description="of KL against cross-entropy, inside the kd term"
    )
    process_weight: float = Field(
        default=0.3, ge=0, le=1, description="of the process term; the kd term has the rest"
    )
    spans: SpanWeights = Field(default=SpanWeights(), description="inside the process term")
