"""One training run in a process of its own: one JSON object, the last line of standard output.

    python -m benchmarks.training.measure WAY FOLDER WARM

FOLDER and WARM hold scenes (scene.py); the run on WARM, which is tiny, is not measured: it imports
and loads what is loaded late. Seconds are from reading the student to having saved it.
"""

import gc
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import torch

from benchmarks.process import memory_mb
from benchmarks.training.scene import Scene, read
from benchmarks.training.ways import WAYS

Line = dict[str, Any]
_PROCESS = Path("/proc/self")
_FAULTS = (ImportError, AttributeError, RuntimeError, TypeError, ValueError, OSError)
"""What a peer may end with where it does not run here; each is a reason in the table."""


def measure(way: str, scene: Scene, warm: Scene) -> Line:
    """What one run took and found, or why there is none."""
    line: Line = {"way": way, "examples": len(scene.lengths), "tokens": sum(scene.lengths)}
    try:
        _ran(way, warm)
        return line | _ran(way, scene)
    except _FAULTS as error:
        return line | {"absent": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}


def _ran(way: str, scene: Scene) -> Line:
    with tempfile.TemporaryDirectory(dir=scene.folder) as out:
        gc.collect()
        (_PROCESS / "clear_refs").write_text("5", encoding="ascii")
        before, cpu, wall = memory_mb("VmRSS"), time.process_time(), time.monotonic()
        found = WAYS[way](scene, Path(out))
        return {
            "wall_s": time.monotonic() - wall,
            "cpu_s": time.process_time() - cpu,
            "peak_mb": memory_mb("VmHWM") - before,
            "before_mb": before,
            "load": os.getloadavg()[0],
            "steps": found.steps,
            "supervised": found.supervised,
            "computed": found.computed,
            "loss": found.loss,
        }


def main() -> None:
    """Measure what the command line asks for."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    way, folder, warm = sys.argv[1:]
    line = measure(way, read(Path(folder)), read(Path(warm)))
    sys.stdout.write("\n" + json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
