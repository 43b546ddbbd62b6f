"""`python -m ops.readiness --spec FILE --out DIR`: DIR/report.json on what training will meet."""

import json
from pathlib import Path
from typing import Any

from ops import entry
from ops.readiness.examine import examine
from ops.readiness.given import Given


def work(given: Given, out: Path) -> dict[str, Any]:
    """Examine, and write the report."""
    report = examine(given, out)
    (out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return report


if __name__ == "__main__":
    entry.start(Given, work, __doc__)
