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
from ops.training.contract import STEPS

ROOT = Path(__file__).parents[3]
QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def start(spec: dict[str, Any], out: Path) -> subprocess.Popen[str]:
    told = out / "spec.json"
    told.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "ops.kd", "--spec", str(told), "--out", str(out)]
    return subprocess.Popen(
        command, cwd=ROOT, env=QUIET, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
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
    one = start(spec, whole)
    child = start(spec, killed)
    while not list(killed.glob("checkpoints/*/step-*")):
        assert child.poll() is None
        time.sleep(0.01)
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert not (killed / "figures.json").exists()
    again = start(spec, killed)
    for process in (one, again):
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
    for name in ("steps.parquet", "student/model.safetensors", "figures.json"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    steps = tables.rows(tables.read(whole / "steps.parquet", STEPS))
    assert steps[-1]["loss"] < 0.7 * steps[0]["loss"]
    assert json.loads((whole / "figures.json").read_text())["steps"] == len(steps)
