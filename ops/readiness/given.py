"""What is looked at: folders of the lake, and what training is set to do with them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ops.losses.config import AgentConfig
from ops.process.config import ProcessConfig
from ops.readiness.config import ReadinessConfig


class Given(BaseModel):
    """The student and the data that it is to be trained on; days oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    student: Path
    fingerprint: str
    """Of the student: what the texts must have been counted with."""
    shards: Path
    mixes: list[Path]
    responses: list[Path]
    spans: list[Path]
    """Folders of texts and spans: of the days, and of imported conversations before them."""
    process_supervision: bool
    limits: ReadinessConfig
    config: ProcessConfig
    agent: AgentConfig | None
    """Of kd; None where its objective is distillation, which process supervision holds too."""
    negatives: Path | None = None
    """The table of wrong answers; None where the margin has no weight."""
