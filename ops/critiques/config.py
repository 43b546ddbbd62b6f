"""What can be set about critiques. Values live in configs/<profile>.yaml, section critiques."""

from pydantic import BaseModel, ConfigDict, Field


class CritiquesConfig(BaseModel):
    """How much is asked of the teacher about failures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most: int = Field(default=200, ge=0, description="failures of the repair split to ask about")
    max_tokens: int = Field(
        default=1024, gt=0, description="tokens that a critique with its correction may have"
    )
    show_reference: bool = Field(
        default=False,
        description="tell the teacher what is known to be right: it may then copy and not correct, "
        "so each row says it (saw_reference)",
    )
