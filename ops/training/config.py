"""What can be set about a training run, whichever stage it belongs to."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StoppingConfig(BaseModel):
    """When a run ends before its last step; nothing set: never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patience: int | None = Field(
        default=None, ge=1, description="validations without an improvement that end the run"
    )
    min_delta: float = Field(default=0.0, ge=0, description="nats; less is no improvement")
    trend: int | None = Field(
        default=None,
        ge=4,
        description="validations over which nothing improves or falls any more (slope test)",
    )


class TrainingConfig(BaseModel):
    """Optimizer, schedule and cadence of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(default=1e-3, gt=0, description="peak, AdamW; cosine to a tenth")
    epochs: float = Field(default=1.0, gt=0, description="passes over the batches")
    accumulate: int = Field(default=1, ge=1, description="batches whose gradients make one step")
    order: Literal["drawn", "complexity"] = Field(
        default="drawn",
        description="of the batches in the first epoch; complexity: from easy to hard. Later ones "
        "are drawn",
    )
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the steps")
    weight_decay: float = Field(default=0.01, ge=0, description="AdamW, matrices only")
    max_grad_norm: float = Field(default=1.0, gt=0, description="L2 over all trained parameters")
    validations: int = Field(default=4, ge=1, description="measurements on the repair split")
    validate_every: int | None = Field(
        default=None,
        ge=1,
        description="optimizer steps between two measurements, and one at the end, in place of "
        "validations",
    )
    stopping: StoppingConfig = Field(default=StoppingConfig(), description="early ends")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        description="of activations (autocast); auto: bf16 where a GPU computes it, else fp32",
    )
    activation_checkpointing: bool = Field(
        default=False, description="compute activations twice instead of keeping them"
    )
    compile: bool = Field(default=False, description="torch.compile of the feed-forward layers")
    save_seconds: float = Field(
        default=600.0, ge=0, description="a checkpoint after so long, beside those at validations"
    )
    keep: int = Field(default=2, ge=1, description="newest checkpoints on disk, beside the best")
    seed: int = Field(default=7, ge=0, description="order of the batches, dropout")

    @model_validator(mode="after")
    def _reaches_the_hard(self) -> Self:
        if self.order == "complexity" and self.epochs < 1:
            raise ValueError(
                f"order complexity with epochs {self.epochs:g} leaves the hardest batches out; "
                f"set epochs to 1 or more, or order to drawn"
            )
        return self
