"""`python -m ops.coreml --spec SPEC.json --out DIR`: build one bundle (see bundle.py)."""

from pathlib import Path
from typing import Any

from ops import entry
from ops.coreml.bundle import BuildSpec, build


def work(spec: BuildSpec, out: Path) -> dict[str, Any]:
    """Build, and return the figures that the launcher reads."""
    report = build(spec, out)
    return {
        "passed": report.passed,
        "package_digest": report.package_digest,
        "package_bytes": report.package_bytes,
        "checks": report.checks,
        "figures": report.figures,
    }


if __name__ == "__main__":
    entry.start(BuildSpec, work, "Convert a student to CoreML and verify the saved files.")
