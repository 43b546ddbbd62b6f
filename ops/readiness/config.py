"""What can be set about readiness. Values live in configs/<profile>.yaml, section readiness."""

from pydantic import BaseModel, ConfigDict, Field


class ReadinessConfig(BaseModel):
    """What is still good enough to train on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_too_long: float = Field(
        default=0.2, ge=0, le=1, description="share of answers that the context has no room for"
    )
