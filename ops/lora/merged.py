"""`python -m ops.lora.merged --spec FILE --out DIR`: merge an adapter into DIR/student."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.lora.merge import merge


class Spec(BaseModel, extra="forbid"):
    """What one merge reads."""

    student: Path
    adapter: Path


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Merge into the folder."""
    return merge(spec.student, spec.adapter, out)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
