"""Child processes: their figures, errors and progress come back, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops import progress
from ops.errors import DiskFull, InputError, PipelineError
from resources.launcher import Launcher

ROOT = Path(__file__).parents[2]
STAGE = """
import os, signal, sys, time
from pathlib import Path
from pydantic import BaseModel
from ops import entry, progress
from ops.errors import InputError

class Spec(BaseModel):
    do: str

def work(spec, out):
    (out / "pid").write_text(str(os.getpid()))
    if spec.do == "refuse":
        raise InputError("the file is not there; name another")
    if spec.do == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if spec.do == "bug":
        print("about to fail", file=sys.stderr)
        raise RuntimeError("a bug")
    if spec.do == "full":
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        (out / "data").write_bytes(bytes(10_000))
    if spec.do == "sleep":
        time.sleep(120)
    if spec.do == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(120)
    for step in range(1, 4):
        progress.report("stage_under_test", step, 3, loss=1 / step)
        time.sleep(0.6)
    print("a word to standard output")
    (out / "data").write_text("made")
    return {"steps": 3, "threads": os.environ["OMP_NUM_THREADS"]}

if __name__ == "__main__":
    entry.start(Spec, work, "for tests")
"""
PARENT = """
import sys
from pathlib import Path
from resources.launcher import Launcher
Launcher().run("stage_under_test", {"do": sys.argv[1]}, Path(sys.argv[2]))
"""


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the result; the stage can be imported by the child."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "stage_under_test.py").write_text(STAGE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path / 'code'}")
    folder = tmp_path / "draft"
    folder.mkdir()
    return folder


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(done: object, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_figures_progress_and_files_come_back(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[progress.Progress] = []
    with progress.sink(told.append):
        figures = Launcher(threads=1).run("stage_under_test", {"do": "work"}, out)
    assert figures == {"steps": 3, "threads": "1"}
    assert [(one.stage, one.done, one.total) for one in told][-1] == ("stage_under_test", 3, 3)
    assert told[0].figures == {"loss": "1.0"}
    assert sorted(path.name for path in out.iterdir()) == ["data", "pid"]
    assert list(out.parent.glob("*.spec.json")) == []
    assert "a word to standard output" in capsys.readouterr().out


def test_an_error_of_ours_keeps_its_type_and_message(out: Path) -> None:
    with pytest.raises(InputError) as caught:
        Launcher().run("stage_under_test", {"do": "refuse"}, out)
    assert str(caught.value) == "the file is not there; name another"


def test_a_child_that_dies_by_a_signal_is_reported(out: Path) -> None:
    with pytest.raises(PipelineError, match=r"stage_under_test ended with signal 11"):
        Launcher().run("stage_under_test", {"do": "die"}, out)


def test_a_bug_is_reported_with_its_last_line(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PipelineError, match="ended with exit code 1: RuntimeError: a bug"):
        Launcher().run("stage_under_test", {"do": "bug"}, out)
    assert "about to fail" in capsys.readouterr().err


def test_no_room_is_disk_full(out: Path) -> None:
    with pytest.raises(DiskFull, match="no room left on the disk") as caught:
        Launcher().run("stage_under_test", {"do": "full"}, out)
    assert "\n" not in str(caught.value)


def test_an_error_of_a_run_before_is_not_told_again(out: Path) -> None:
    with pytest.raises(InputError):
        Launcher().run("stage_under_test", {"do": "refuse"}, out)
    assert Launcher().run("stage_under_test", {"do": "work"}, out)["steps"] == 3


@pytest.mark.parametrize(
    ("how", "does"),
    [
        pytest.param(signal.SIGINT, "sleep", id="ctrl_c"),
        pytest.param(signal.SIGINT, "stubborn", id="ctrl_c_and_deaf", marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, "sleep", id="kill_9"),
        pytest.param(signal.SIGKILL, "stubborn", id="kill_9_and_deaf"),
    ],
)
def test_the_child_does_not_outlive_its_parent(out: Path, how: signal.Signals, does: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, does, str(out)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as parent:
        pid_file = out / "pid"
        assert wait_for(lambda: pid_file.exists() and pid_file.read_text(encoding="ascii"), 30)
        pid = int(pid_file.read_text(encoding="ascii"))
        time.sleep(0.2)
        assert alive(pid)
        os.kill(parent.pid, how)
        parent.wait(30)
    assert wait_for(lambda: not alive(pid))
