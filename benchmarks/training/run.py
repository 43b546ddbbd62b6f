"""Makes the scene, and starts the runs on it, each in a process of its own.

They take turns, so that a busy moment of the machine does not fall on one of them alone.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.training import lengths as measured
from benchmarks.training import scene as scenes
from benchmarks.training.measure import Line
from benchmarks.training.scene import Scene, Size
from benchmarks.training.ways import WAYS

ROOT = Path(__file__).resolve().parents[2]
WARM = Size(per_step=2, hidden=32, layers=2, vocabulary=512)
WARM_LENGTHS = ((8, 4), (12, 3), (9, 5), (20, 6))


@dataclass(frozen=True)
class Options:
    """What the command line says; `python` has the peers beside our packages."""

    ways: Sequence[str]
    repetitions: int
    python: Path
    folder: Path
    size: Size
    examples: int
    lengths: str


def run(options: Options) -> Iterator[Line]:
    """A line about the scene, and one for each run."""
    warm = _made(options, "warm", WARM, WARM_LENGTHS)
    pairs = measured.lengths(options.lengths, options.examples)
    scene = _made(options, "scene", options.size, pairs)
    learnt = sum(answer for _, answer in pairs)
    about = {"examples": len(pairs), "tokens": sum(scene.lengths), "supervised": learnt}
    of = {"budget": scene.budget, "steps": scene.steps, "source": measured.source(options.lengths)}
    yield {"what": "scene", "at": _now()} | about | of | asdict(options.size)
    for _ in range(options.repetitions):
        for way in options.ways:
            yield {"what": "run", "way": way, "at": _now()} | _measured(way, scene, warm, options)


def _made(options: Options, name: str, size: Size, pairs: Sequence[measured.Length]) -> Scene:
    folder = options.folder / name
    folder.mkdir()
    return scenes.write(folder, size, pairs)


def _measured(way: str, scene: Scene, warm: Scene, options: Options) -> Line:
    command = [str(options.python), "-m", "benchmarks.training.measure", way]
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "TRL_EXPERIMENTAL_SILENCE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(options.folder / "cache"),
    }
    done = subprocess.run(
        [*command, str(scene.folder), str(warm.folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing said"]
        return {"absent": f"exit status {done.returncode}: {said[-1][:200]}"}
    found: Line = json.loads(done.stdout.splitlines()[-1])
    return found


def known(names: Sequence[str]) -> list[str]:
    """The ways of these names, in their order; all without any."""
    strange = [name for name in names if name not in WAYS]
    if strange:
        raise SystemExit(f"no way is named {strange[0]}; there are {', '.join(WAYS)}")
    return [name for name in WAYS if not names or name in names]


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
