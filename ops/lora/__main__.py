"""`python -m ops.lora --spec FILE --out DIR`: train the repair adapter into DIR/adapter."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.lora.config import LoraConfig
from ops.lora.train import adapt


class Spec(BaseModel, extra="forbid"):
    """What one run reads."""

    student: Path
    shards: Path | None
    critiques: Path
    config: LoraConfig


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Adapt into the folder."""
    return adapt(spec.student, spec.shards, spec.critiques, spec.config, out)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
