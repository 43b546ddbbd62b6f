"""What can be set about negatives. Values live in configs/<profile>.yaml, section negatives."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NegativeKind = Literal[
    "wrong_tool",
    "missing_argument",
    "extra_argument",
    "wrong_type",
    "invented_tool",
    "truncated",
    "needless_call",
]
KINDS: tuple[NegativeKind, ...] = (
    "wrong_tool",  # another offered tool, of the same family where there is one
    "missing_argument",  # a required argument is left out
    "extra_argument",  # an argument that the tool does not declare
    "wrong_type",  # an argument of another type than the tool declares
    "invented_tool",  # a tool that nobody has
    "truncated",  # the answer ends inside a call
    "needless_call",  # a call of an offered tool where words are right
)


class NegativesConfig(BaseModel):
    """Which wrong answers are made of a right one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[NegativeKind, ...] = Field(default=KINDS, description="kinds that are made")
    most: int = Field(default=3, ge=0, description="negatives of an example, drawn among the kinds")
    seed: int = Field(default=0, ge=0, description="with the prompt's id it decides every draw")
