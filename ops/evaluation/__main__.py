"""`python -m ops.evaluation --spec FILE --out DIR`: measure a student on unseen prompts."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.run import evaluate


class Spec(BaseModel, extra="forbid"):
    """What one evaluation reads; `against` = the header that it must agree with."""

    student: Path
    prompts: list[Path]
    responses: list[Path]
    config: EvaluationConfig
    against: Path | None = None


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Evaluate into the folder."""
    mix = spec.prompts, spec.responses
    return evaluate(spec.student, mix, spec.config, out, spec.against)


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
