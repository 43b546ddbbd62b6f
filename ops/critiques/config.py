"""What can be set about critiques. Values live in configs/<profile>.yaml, section critiques."""

from pydantic import BaseModel, ConfigDict, Field


class CritiquesConfig(BaseModel):
    """How much is asked of the teacher about failures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most: int = Field(default=200, ge=0, description="failures of the repair split to ask about")
