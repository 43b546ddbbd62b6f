"""`python -m ops.readiness --spec FILE --out DIR`: DIR/report.json on what training will meet."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.process.config import ProcessConfig
from ops.readiness.probe import probe


class Spec(BaseModel, extra="forbid"):
    """What is probed."""

    student: Path
    shards: Path
    config: ProcessConfig


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Probe, and write the report."""
    checks = [asdict(check) for check in probe(spec.student, spec.shards, spec.config)]
    (out / "report.json").write_text(json.dumps(checks, indent=1), encoding="utf-8")
    return {"checks": checks}


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
