"""`python -m ops.kd --spec FILE --out DIR`: train, and leave the student in DIR/student."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.kd.config import KDConfig
from ops.kd.train import distil


class Spec(BaseModel, extra="forbid"):
    """What one run reads."""

    student: Path
    shards: Path
    config: KDConfig


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Distil into the folder."""
    return distil(spec.student, spec.shards, spec.config, out)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
