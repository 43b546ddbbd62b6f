"""`python -m ops.failures --spec FILE --out DIR`: the clusters of a failure table.

A process of its own because the library takes seconds to load and keeps what it takes.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry, tables
from ops.failures.cluster import cluster
from ops.failures.contract import FAILURES


class Spec(BaseModel, extra="forbid"):
    """What is read."""

    failures: Path


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Write `out/clusters.parquet`."""
    found = cluster(tables.read(spec.failures, FAILURES))
    tables.write(found, out / "clusters.parquet")
    labels = sorted(set(zip(found["cluster"].to_pylist(), found["label"].to_pylist(), strict=True)))
    return {"clusters": {str(number): label for number, label in labels}}


if __name__ == "__main__":
    entry.start(Spec, work, __doc__)
