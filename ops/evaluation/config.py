"""What can be set about evaluation. Values live in configs/<profile>.yaml, section evaluation."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ops.teacher.config import TeacherConfig


class GateConfig(BaseModel):
    """What a student must reach on held-out prompts before it ships."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["enforce", "report"] = Field(
        default="enforce", description="enforce stops the run; report says it failed and goes on"
    )
    json_validity: float = Field(
        default=0.98, ge=0, le=1, description="share of answers with calls"
    )
    tool_selection: float = Field(default=0.90, ge=0, le=1, description="share of the prompts")


class EvaluationConfig(BaseModel):
    """How a student is measured: greedy decoding, free and under the tool grammar."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompts: int = Field(default=300, gt=0, description="at most, a split, drawn by prompt hash")
    max_new_tokens: int = Field(default=128, gt=0, description="tokens an answer may have")
    batch: int = Field(default=50, gt=0, description="prompts decoded together")
    gate: GateConfig = Field(default=GateConfig(), description="what must be reached")
    judge: TeacherConfig | None = Field(
        default=None,
        description="a model that judges answers in words which no rule does, with endpoint, "
        "prices and budget as in the section teacher; null = none is asked",
    )
