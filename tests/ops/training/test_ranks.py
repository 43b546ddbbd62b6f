"""Two ranks are one: the same run within rounding, each other's checkpoints, and no orphan."""

import json
import os
import signal
import socket
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from torch import testing

from ops import tables
from ops.errors import PipelineError
from ops.training.contract import STEPS
from ops.training.order import MicroBatch
from ops.training.ranks import joined, share, summed
from resources.launcher import Launcher
from resources.profile import LaunchConfig
from tests.ops.training.ranked import Spec, work

MODULE = "tests.ops.training.ranked"
TRAINING = {"learning_rate": 3e-3, "epochs": 8.0, "accumulate": 3, "validations": 4}


def launched(ranks: int, spec: dict[str, Any], out: Path) -> dict[str, Any]:
    """As the assets start it: by torchrun, in processes that import everything anew."""
    return Launcher(threads=1).train(MODULE, spec, out, LaunchConfig(ranks=ranks))


def forked(ranks: int, spec: dict[str, Any], out: Path) -> dict[str, Any]:
    """As above, by forks of this process, which has imported everything."""
    assert statuses(ranks, spec, out) == [0] * ranks
    told: dict[str, Any] = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    return told


def statuses(ranks: int, spec: dict[str, Any], out: Path) -> list[int]:
    """How forks end that are told who they are as torchrun tells it."""
    out.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    children = [os.fork() or _rank(rank, ranks, there, spec, out) for rank in range(ranks)]
    return [os.waitpid(child, 0)[1] for child in children]


def _rank(rank: int, ranks: int, there: dict[str, str], spec: dict[str, Any], out: Path) -> int:
    """All that a fork does; it does not come back."""
    try:
        if ranks > 1:
            os.environ |= {**there, "RANK": str(rank), "WORLD_SIZE": str(ranks)}
        figures = work(Spec.model_validate(spec), out)
        if rank == 0:
            (out / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def ended(out: Path) -> bool:
    """Is no process of the run alive?"""
    pids = [int(path.read_text()) for path in out.glob("pid-*")]
    assert pids
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _alive(pid: int) -> bool:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return told.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture(scope="module")
def spec(student_folder: Path, shards_folder: Path) -> dict[str, Any]:
    return {"student": str(student_folder), "shards": str(shards_folder), "training": TRAINING}


@pytest.fixture(scope="module")
def alone(
    spec: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("alone")
    return out, forked(1, spec, out)


def same(found: Path, expected: Path) -> None:
    """The same losses, norms and weights, as far as sums in another order can be."""
    pair = [tables.rows(tables.read(out / "steps.parquet", STEPS)) for out in (found, expected)]
    assert len(pair[0]) == len(pair[1]) >= 20
    for one, other in zip(*pair, strict=True):
        assert one["tokens"] == other["tokens"]
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)
        assert one["grad_norm"] == pytest.approx(other["grad_norm"], rel=1e-3)
        assert dict(one["norms"]) == pytest.approx(dict(other["norms"]), rel=1e-3)
    weights = [load_file(out / "student" / "model.safetensors") for out in (found, expected)]
    assert weights[0].keys() == weights[1].keys()
    for name, value in weights[0].items():
        testing.assert_close(value, weights[1][name], atol=2e-4, rtol=1e-3)
    assert not (found / "checkpoints").exists()


@pytest.mark.slow
def test_two_ranks_are_one(spec: dict[str, Any], alone: Any, tmp_path: Path) -> None:
    """Windows of three: one rank has two, the other one and one that is not counted."""
    out = tmp_path / "two"
    out.mkdir()
    figures = forked(2, spec, out)
    same(out, alone[0])
    assert figures["best_step"] == alone[1]["best_step"]
    assert figures["best_validation"] == pytest.approx(alone[1]["best_validation"], rel=1e-4)


@pytest.mark.slow
def test_what_two_ranks_saved_one_goes_on_from(
    spec: dict[str, Any], alone: Any, tmp_path: Path
) -> None:
    """They die without a word in the middle of a window, and nothing of them is left."""
    with pytest.raises(PipelineError, match="rank 1 ended with signal 9"):
        launched(2, spec | {"how": "dies", "number": 20}, tmp_path)
    assert ended(tmp_path)
    assert list(tmp_path.glob("checkpoints/*/step-*"))
    forked(1, spec, tmp_path)
    same(tmp_path, alone[0])


@pytest.mark.slow
def test_what_one_rank_saved_two_go_on_from(
    spec: dict[str, Any], alone: Any, tmp_path: Path
) -> None:
    dies = spec | {"how": "dies", "rank": 0, "number": 40}
    assert statuses(1, dies, tmp_path) == [signal.SIGKILL]
    assert list(tmp_path.glob("checkpoints/*/step-*"))
    forked(2, spec, tmp_path)
    same(tmp_path, alone[0])


@pytest.mark.slow
def test_a_rank_that_fails_tells_its_traceback(spec: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        launched(2, spec | {"how": "fails", "number": 4}, tmp_path)
    told = str(caught.value)
    assert told.startswith("rank 1 failed: Traceback (most recent call last):")
    assert told.endswith("RuntimeError: a bug on one rank")
    assert ended(tmp_path)


def test_alone_everything_is_this_process() -> None:
    window = [MicroBatch(at, at) for at in range(3)]
    with joined():
        assert share(window) == window
        assert summed({"a": 1.5}) == {"a": 1.5}


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 5])
def test_each_rank_has_as_many_and_each_is_counted_once(
    monkeypatch: pytest.MonkeyPatch, ranks: int
) -> None:
    window = [MicroBatch(at, 9 - at) for at in range(5)]
    parts = []
    for rank in range(ranks):
        monkeypatch.setattr("ops.training.ranks.count", lambda: ranks)
        monkeypatch.setattr("ops.training.ranks.number", lambda at=rank: at)
        parts.append(share(window))
    assert len({len(part) for part in parts}) == 1
    counted = [one for part in parts for one in part if one.counted]
    assert sorted(counted, key=lambda one: one.at) == window
