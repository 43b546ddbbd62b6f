"""A stage as a real child process: figures, progress, errors of ours and of others."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.entry import disk_full
from ops.errors import DiskFull

ROOT = Path(__file__).parents[2]
STAGE = """
from pathlib import Path
from typing import Any
from pydantic import BaseModel
from ops import entry, progress
from ops.errors import TeacherError

class Spec(BaseModel, extra="forbid"):
    how: str

def work(spec: Spec, out: Path) -> dict[str, Any]:
    progress.report("stage", 1, 1, loss="0.5")
    if spec.how == "ours":
        raise TeacherError("no answer; é")
    if spec.how == "full":
        Path("/dev/full").write_text("x")
    if spec.how == "other":
        raise OSError(5, "not a matter of room")
    if spec.how == "bug":
        raise ZeroDivisionError
    return {"how": spec.how}

entry.start(Spec, work, "a stage")
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    (tmp_path / "stage.py").write_text(STAGE)
    (tmp_path / "out").mkdir()
    return tmp_path


def start(stage: Path, spec: Any) -> subprocess.CompletedProcess[str]:
    (stage / "spec.json").write_text(json.dumps(spec))
    return subprocess.run(
        [sys.executable, "stage.py", "--spec", "spec.json", "--out", "out"],
        cwd=stage,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_figures_in_a_file_and_progress_on_standard_output(stage: Path) -> None:
    done = start(stage, {"how": "well"})
    assert (done.returncode, done.stderr) == (0, "")
    told = {"stage": "stage", "done": 1, "total": 1, "figures": {"loss": "0.5"}}
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"progress": told}]
    assert json.loads((stage / "out" / "figures.json").read_text()) == {"how": "well"}
    assert not (stage / "out" / "error.json").exists()


def test_an_error_of_ours_is_one_line_and_a_file(stage: Path) -> None:
    done = start(stage, {"how": "ours"})
    assert (done.returncode, done.stderr) == (1, "TeacherError: no answer; é\n")
    told = json.loads((stage / "out" / "error.json").read_text(encoding="utf-8"))
    assert told == {"type": "TeacherError", "message": "no answer; é"}
    assert not (stage / "out" / "figures.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line_too(stage: Path) -> None:
    done = start(stage, {"how": "full"})
    assert done.returncode == 1
    assert done.stderr.startswith("DiskFull: no room left on the disk that holds out")
    assert json.loads((stage / "out" / "error.json").read_text())["type"] == "DiskFull"


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param({"how": "bug"}, "ZeroDivisionError", id="bug"),
        pytest.param({"how": "other"}, "not a matter of room", id="another_os_error"),
        pytest.param({"hwo": "well"}, "Extra inputs are not permitted", id="bad_specification"),
    ],
)
def test_anything_else_is_a_bug_with_its_trace(stage: Path, spec: Any, told: str) -> None:
    done = start(stage, spec)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert told in done.stderr
    assert not (stage / "out" / "error.json").exists()


def test_an_error_that_cannot_be_written_is_still_told(stage: Path) -> None:
    (stage / "out").rmdir()
    done = start(stage, {"how": "ours"})
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "TeacherError: no answer; é",
        f"(and {Path('out') / 'error.json'} could not be written)",
    ]


def test_disk_full_names_the_place_and_the_way_out() -> None:
    found = disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"), Path("/lake/kd"))
    assert isinstance(found, DiskFull)
    assert "/lake/kd (Disk quota exceeded)" in str(found)
    assert "run the same command again" in str(found)
