"""Measurements in a process of their own: JSON lines on standard output.

    python -m benchmarks.head.measure WHAT JSON

WHAT is time (all ways in turn, several times over, in one process; processor seconds) or memory
(each way in a process of its own; the resident high water of one step above what was resident).
JSON: ways, tokens, supervised, trained, product, repetitions; of a small run hidden, vocabulary.
"""

import gc
import json
import multiprocessing
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch

from benchmarks.head.scene import Scene, Size, scene
from benchmarks.head.ways import WAYS, Step
from benchmarks.process import memory_mb

Line = dict[str, Any]
TINY = {"tokens": 8, "supervised": 8, "vocabulary": 640}
_PROCESS = Path("/proc/self")
_FAULTS = (ImportError, AttributeError, RuntimeError, TypeError, ValueError, NotImplementedError)
"""What a peer may end with where it does not run here; each is a reason in the table."""


def times(asked: Line) -> list[Line]:
    """A line for each way: the processor seconds of each repetition, or why there are none."""
    where = _scene(asked)
    steps: dict[str, Step] = {}
    lines = {name: {"way": name, "seconds": []} | _case(asked) for name in asked["ways"]}
    for name in asked["ways"]:
        try:
            steps[name] = WAYS[name](where)
            _one(steps[name], where)  # the first loads what PyTorch loads late
        except _FAULTS as error:
            steps.pop(name, None)
            lines[name]["absent"] = _reason(error)
    for _ in range(asked["repetitions"]):
        for name, step in steps.items():
            lines[name]["seconds"].append(_one(step, where))
            lines[name]["load"] = os.getloadavg()[0]
    return list(lines.values())


def memory(asked: Line) -> list[Line]:
    """MB of one step of each way above what was resident before it, each in a process of its own.

    A new one: a fork would make its step in what its parent has freed.
    """
    lines, ready = [], []
    for name in asked["ways"]:
        try:
            WAYS[name](_scene(asked | TINY))
        except _FAULTS as error:
            lines.append({"way": name, "absent": _reason(error)} | _case(asked))
        else:
            ready.append(asked | {"way": name})
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return lines + list(pool.imap(_peak, ready, chunksize=1))


def _peak(asked: Line) -> Line:
    """The peak of a first step; a tiny one before it loads what PyTorch loads late."""
    name, line = asked["way"], {"way": asked["way"]} | _case(asked)
    try:
        WAYS[name](_scene(asked | TINY))()
        step = WAYS[name](_scene(asked))
        gc.collect()
        (_PROCESS / "clear_refs").write_text("5", encoding="ascii")
        before = memory_mb("VmRSS")
        step()
    except _FAULTS as error:
        return line | {"absent": _reason(error)}
    return line | {"peak_mb": memory_mb("VmHWM") - before, "before_mb": before}


def _one(step: Step, where: Scene) -> float:
    began = time.process_time()
    step()
    took = time.process_time() - began
    where.forget()
    return took


def _scene(asked: Line) -> Scene:
    names = ("tokens", "supervised", "hidden", "vocabulary")
    size = Size(**{name: asked[name] for name in names if name in asked})
    return scene(size, asked["trained"], getattr(torch, asked["product"]))


def _case(asked: Line) -> Line:
    return {name: asked[name] for name in ("tokens", "supervised", "trained", "product")}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def main() -> None:
    """Measure what the command line asks for."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    asked = json.loads(sys.argv[2])
    lines = times(asked) if sys.argv[1] == "time" else memory(asked)
    for line in lines:
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
