"""One measurement in a process of its own: a client, a case, one JSON object on standard output.

    python -m benchmarks.teacher_client.measure CLIENT CASE

Standard library only, so that a client in another virtual environment can be measured. A few
requests go first and are not counted: they pay for imports that are made late.
"""

import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.process import cpu_s, memory_mb
from benchmarks.teacher_client.case import Case, Found

WARM = 16


def measure(client: str, case: Case) -> dict[str, Any]:
    """Run the client; times in seconds, memory in MB.

    `cpu_s` is user and system time of this process with its threads and children.
    """
    module = importlib.import_module(f"benchmarks.teacher_client.clients.{client}")
    module.run(replace(case, requests=WARM))
    before = memory_mb("VmRSS")
    cpu, wall = cpu_s(), time.monotonic()
    found: Found = module.run(case)
    cpu, wall, peak = cpu_s() - cpu, time.monotonic() - wall, memory_mb("VmHWM")
    return {
        "answered": found.answered,
        "cpu_s": cpu,
        "wall_s": wall,
        "asking_s": found.asking_s or wall,
        "syncs": found.syncs,
        **percentiles(found.latencies),
        "before_mb": before,
        "peak_mb": peak,
        "load": os.getloadavg()[0],
        "version": version(module),
    }


def percentiles(latencies: Sequence[float] | None) -> dict[str, float | None]:
    """Median and 99th percentile, nearest rank, in seconds."""
    if latencies is None:
        return {"p50_s": None, "p99_s": None}
    ranked = sorted(latencies)
    ranks = {share: -(-len(ranked) * share // 100) - 1 for share in (50, 99)}
    return {f"p{share}_s": ranked[rank] for share, rank in ranks.items()}


def version(module: Any) -> str:
    """Name and version of the packages that a client is made of."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in module.PACKAGES)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], Case(**json.loads(sys.argv[2])))) + "\n")
