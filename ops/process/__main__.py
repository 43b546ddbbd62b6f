"""`python -m ops.process --spec FILE --out DIR`: train, and leave the student in DIR/student."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.process.config import ProcessConfig
from ops.process.train import supervise


class Spec(BaseModel, extra="forbid"):
    """What one run reads."""

    student: Path
    shards: Path
    config: ProcessConfig
    negatives: Path | None = None


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Supervise into the folder."""
    return supervise(spec.student, spec.shards, spec.config, out, spec.negatives)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
