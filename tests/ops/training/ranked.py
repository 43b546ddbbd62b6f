"""A training stage for tests of several ranks: it can fail, or die, on one of them."""

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops import entry
from ops.student import model as students
from ops.training import checkpoint
from ops.training.config import TrainingConfig
from tests.ops.training.conftest import Text, at_pass


class Spec(BaseModel):
    """What to train, and how a rank ends before its n-th forward pass."""

    student: Path
    shards: Path
    training: TrainingConfig
    how: str = ""
    rank: int = 1
    number: int = 0


def fail() -> None:
    """As a bug would."""
    raise RuntimeError("a bug on one rank")


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Train; each rank leaves its process id."""
    rank = os.environ.get("RANK", "0")
    (out / f"pid-{rank}").write_text(str(os.getpid()))
    ways = {"fails": fail, "dies": partial(os.kill, os.getpid(), signal.SIGKILL)}
    if spec.how and rank == str(spec.rank):
        load = students.load
        checkpoint.students.load = lambda folder: at_pass(load(folder), spec.number, ways[spec.how])
    of = checkpoint.Checkpoint("toy", spec.student, spec.shards, out)
    settings = {"training": spec.training.model_dump(mode="json")}
    return of.train(lambda _: Text(), spec.training, settings)


if __name__ == "__main__":
    entry.start(Spec, work, "for tests")
