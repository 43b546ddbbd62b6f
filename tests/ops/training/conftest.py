"""A toy run: eight small batches, one objective of our own, and what a kill leaves of it."""

import os
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from ops.losses.contract import Outcomes, Sums, Targets
from ops.student import model as students
from ops.training.batch import planned
from ops.training.config import TrainingConfig
from ops.training.loop import fit
from ops.training.run import Run

CONFIG = TrainingConfig(learning_rate=3e-3, epochs=1.5, validations=4)
Twist = Callable[[int, Tensor], Tensor]


class Text:
    """Cross-entropy of the text; `twist` changes what is descended, by the step from 0."""

    looks_first = False

    def __init__(self, twist: Twist | None = None) -> None:
        self._twist, self._steps = twist, 0

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        return {"cross_entropy": float((targets.weights_N * ~targets.broken_N).sum())}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        return {name: 1.0 for name, there in present.items() if there}

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        whole = -(targets.weights_N * seen.logq_CK[:, 0]).sum()
        if self._twist and whole.requires_grad:
            whole = self._twist(self._steps, whole)
        return {"cross_entropy": whole}

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        raise AssertionError("it does not look first")

    def state(self) -> dict[str, Any]:
        return {"steps": self._steps}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._steps = state["steps"]

    def stepped(self, means: Mapping[str, float]) -> None:
        assert set(means) == {"cross_entropy"}
        self._steps += 1


def at_pass(model: Any, number: int, do: Callable[[], None]) -> Any:
    """The model, which does something before its n-th forward pass of training, from 0."""
    passes = iter(range(10_000))

    def count(module: Any, _given: Any) -> None:
        if module.training and next(passes) == number:
            do()

    model.model.register_forward_pre_hook(count)
    return model


@pytest.fixture(scope="session")
def toy_data(shards_folder: Path) -> tuple[Any, Any]:
    """Eight batches of training, one of validation."""
    return planned(shards_folder, "train")[:8], planned(shards_folder, "repair")[:1]


@pytest.fixture
def toy(toy_data: tuple[Any, Any], tmp_path: Path) -> Callable[..., Run]:
    """A run in an empty folder: toy(twist, accumulate=2, ...) with settings of the training."""

    def run(twist: Twist | None = None, **settings: Any) -> Run:
        config = TrainingConfig.model_validate(CONFIG.model_dump() | settings)
        return Run("toy", *toy_data, Text(twist), config, tmp_path, "f" * 64)

    return run


@pytest.fixture(scope="session")
def toy_student(student_folder: Path) -> Callable[[], Any]:
    """The small student, new each time, with dropout, on the CPU."""

    def made() -> Any:
        model = students.load(student_folder).cpu()
        for layer in model.model.layers:
            layer.self_attn.attention_dropout = 0.1
        return model

    return made


@pytest.fixture(scope="module", autouse=True)
def _one_thread(one_thread: None) -> None:
    """These modules fork."""


@pytest.fixture(scope="session")
def killed() -> Callable[[Run, Callable[[], Any], int], None]:
    """Train in a child that is killed in the n-th forward pass of this process."""

    def kill(run: Run, student: Callable[[], Any], number: int) -> None:
        child = os.fork()
        if child == 0:
            try:
                die = partial(os.kill, os.getpid(), signal.SIGKILL)
                fit(at_pass(student(), number, die), run)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    return kill
