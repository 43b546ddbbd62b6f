"""Distillation as a process of its own: killed, started again, and as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.kd.__main__ import Spec, work
from ops.training.contract import STEPS

ROOT = Path(__file__).parents[3]
QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def kill_at_first_checkpoint(spec: dict[str, Any], out: Path) -> None:
    told = out / "spec.json"
    told.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "ops.kd", "--spec", str(told), "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, env=QUIET) as child:
        while not list(out.glob("checkpoints/*/step-*")):
            assert child.poll() is None
            time.sleep(0.01)
        child.kill()
    assert child.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_killed_child_goes_on_to_the_same_bytes(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    training = {"learning_rate": 3e-3, "epochs": 4.0, "validations": 8}
    spec = {
        "student": str(student_folder),
        "shards": str(shards_folder),
        "config": {"training": training, "distillation": {"divergence_weight": 0.5}},
    }
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    kill_at_first_checkpoint(spec, killed)
    figures = [work(Spec.model_validate(spec), out) for out in (killed, whole)]
    assert figures[0] == figures[1]
    for name in ("steps.parquet", "student/model.safetensors"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    steps = tables.rows(tables.read(whole / "steps.parquet", STEPS))
    assert steps[-1]["loss"] < 0.7 * steps[0]["loss"]
    assert figures[0]["steps"] == len(steps)
