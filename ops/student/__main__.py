"""`python -m ops.student --spec FILE --out DIR`: make the student that training starts from."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.student.base import make
from ops.student.config import StudentConfig


class Spec(BaseModel, extra="forbid"):
    """What it is made from."""

    prompts: list[Path]
    config: StudentConfig


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Make it in the folder."""
    return make(spec.prompts, spec.config, out)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
