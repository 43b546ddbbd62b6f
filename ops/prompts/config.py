"""What can be set about the prompts. Values live in configs/<profile>.yaml, section prompts."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FROZEN = ConfigDict(frozen=True, extra="forbid")
Shares = TypeVar("Shares", bound=BaseModel)


def _adding_up(shares: Shares, name: str) -> Shares:
    total = sum(shares.model_dump().values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"{name} add up to {total:g}, expected 1")
    return shares


class SplitShares(BaseModel):
    """Shares of the prompts; they add up to one."""

    model_config = _FROZEN

    train: float = Field(default=0.8, gt=0, lt=1, description="share the student learns from")
    repair: float = Field(default=0.1, gt=0, lt=1, description="share whose failures are repaired")
    heldout: float = Field(default=0.1, gt=0, lt=1, description="share that only judges")

    @model_validator(mode="after")
    def shares_add_up_to_one(self) -> "SplitShares":
        """The three are all there is."""
        return _adding_up(self, "splits")


class KindShares(BaseModel):
    """Shares of the kinds of prompts from the registry; they add up to one."""

    model_config = _FROZEN

    single: float = Field(default=0.40, ge=0, le=1, description="one call, unlike tools offered")
    choice: float = Field(default=0.25, ge=0, le=1, description="one call, similar tools offered")
    parallel: float = Field(default=0.12, ge=0, le=1, description="two calls in one message")
    integration: float = Field(
        default=0.13, ge=0, le=1, description="a tool result to put in words"
    )
    no_tool: float = Field(default=0.10, ge=0, le=1, description="no offered tool fits")

    @model_validator(mode="after")
    def shares_add_up_to_one(self) -> "KindShares":
        """The five are all there is."""
        return _adding_up(self, "kinds")


class MixConfig(BaseModel):
    """The prompt mix: how many prompts, of which kinds, in which splits, from where."""

    model_config = _FROZEN

    prompts: int = Field(default=2_000, ge=0, description="prompts from the registry, all splits")
    splits: SplitShares = Field(default=SplitShares(), description="shares of the splits")
    kinds: KindShares = Field(default=KindShares(), description="shares of the kinds")
    registry: str = Field(
        default="tools.json", description="tool registry, a file beside the profile"
    )
    phrases: str = Field(
        default="phrases.yaml", description="phrase book, a file beside the profile"
    )
    sources: tuple[str, ...] = Field(
        default=(), description="files or folders of prompts to import; see ops/prompts/sources.py"
    )
