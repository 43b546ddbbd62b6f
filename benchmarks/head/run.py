"""Starts the processes that measure, one after another, and gathers their lines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.head.measure import Line
from benchmarks.head.ways import IN_16_BITS, WAYS

ROOT = Path(__file__).resolve().parents[2]
TENTH = ("ours", "full_ce", "linear_ce", "trl_ce", "trl_sparse", "distillkit", "liger_jsd")
SMALL = {"hidden": 32, "vocabulary": 640}


@dataclass(frozen=True)
class Options:
    """What the command line says; `python` has the peers beside our packages.

    small: a head of a few tokens, to see that everything runs.
    """

    ways: Sequence[str]
    repetitions: int
    python: Path
    small: bool = False


def run(options: Options) -> Iterator[Line]:
    """A line for each measurement: time and memory of the head, memory of the second scene."""
    whole = {"tokens": 512, "supervised": 512}
    tenth = {"tokens": 2048, "supervised": 205}
    for product in ("float32", "bfloat16"):
        ways = [one for one in options.ways if product == "float32" or one in IN_16_BITS]
        for trained in (True, False):
            case = {"trained": trained, "product": product, **whole}
            yield from _measured("time", ways, case, options)
            yield from _measured("memory", ways, case, options)
    for trained in (True, False):
        case = {"trained": trained, "product": "float32", **tenth}
        ways = [one for one in options.ways if one in TENTH]
        yield from _measured("memory", ways, case, options)


def _measured(what: str, ways: Sequence[str], case: Line, options: Options) -> Iterator[Line]:
    asked: Line = {"ways": list(ways), "repetitions": options.repetitions, **case}
    asked |= SMALL if options.small else {}
    command = [str(options.python), "-m", "benchmarks.head.measure", what, json.dumps(asked)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TRL_EXPERIMENTAL_SILENCE": "1"}
    at = {"what": what, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {(done.stderr.strip() or '?')[-300:]}")
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield at | json.loads(line)


def known(names: Sequence[str]) -> list[str]:
    """The ways of these names, all without any, the bare products always among them."""
    strange = [name for name in names if name not in WAYS]
    if strange:
        raise SystemExit(f"no way is named {strange[0]}; there are {', '.join(WAYS)}")
    return [name for name in WAYS if not names or name in names or name == "bare"]


def here() -> Path:
    """The interpreter that runs this."""
    return Path(sys.executable)
