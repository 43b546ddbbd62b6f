"""What can be set about trajectories, section trajectories of configs/<profile>.yaml."""

from pathlib import PurePath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class TrajectorySource(BaseModel):
    """Recorded conversations to learn from."""

    model_config = _FROZEN

    path: str = Field(
        min_length=1,
        description="file or folder, relative to the project; layouts: ops/trajectories/layouts/",
    )
    licence: str | None = Field(
        default=None, description="licence of the file, carried by each of its texts; null = none"
    )

    @property
    def name(self) -> str:
        """What the source is called in tables: the last part of its path."""
        return PurePath(self.path).name


class TrajectoriesConfig(BaseModel):
    """Which recorded conversations are learnt beside the teacher's answers."""

    model_config = _FROZEN

    sources: tuple[TrajectorySource, ...] = Field(default=(), description="what is imported")
    split: Literal["train", "hash"] = Field(
        default="train",
        description="train = all of them are learnt; hash = split as prompts are, by their ids; "
        "in both what a mix holds out is held out",
    )

    @model_validator(mode="after")
    def sources_have_names_of_their_own(self) -> "TrajectoriesConfig":
        """Rows are told by the name of their file."""
        names = [source.name for source in self.sources]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two sources are called {twice!r}; rename one of the files")
        return self
