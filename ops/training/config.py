"""What can be set about a training run, whichever stage it belongs to."""

from pydantic import BaseModel, ConfigDict, Field


class TrainingConfig(BaseModel):
    """Optimizer, schedule and cadence of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(default=1e-3, gt=0, description="peak, AdamW; cosine to a tenth")
    epochs: float = Field(default=1.0, gt=0, description="passes over the batches")
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the steps")
    weight_decay: float = Field(default=0.01, ge=0, description="AdamW, matrices only")
    max_grad_norm: float = Field(default=1.0, gt=0, description="L2 over all trained parameters")
    validations: int = Field(default=4, ge=1, description="measurements on the repair split")
    seed: int = Field(default=7, ge=0, description="order of the batches, dropout")
