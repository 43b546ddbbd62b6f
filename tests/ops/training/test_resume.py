"""A run that was killed anywhere, and started again, ends with the bytes of one that was not."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from ops.training.keeping import shelf
from ops.training.loop import fit
from ops.training.run import Run, Trained
from tests.ops.training.conftest import CONFIG, Text, at_pass

SETTINGS: dict[str, Any] = {
    "accumulate": 3, "epochs": 2.5, "validations": 3, "save_seconds": 0.0, "keep": 2,
}  # fmt: skip
Student = Callable[[], Any]
# 8 batches, windows of 3: 20 forward passes in 7 steps; the second epoch begins inside of a window.


def weights(model: Any) -> list[bytes]:
    return [value.detach().numpy().tobytes() for value in model.parameters()]


def last(run: Run) -> dict[str, bytes]:
    """The newest checkpoint: weights, moments, and nothing of times."""
    held = shelf(run).latest_valid(pytest.fail)
    assert held is not None
    return {path.name: path.read_bytes() for path in held.path.glob("*.distcp")}


@pytest.fixture
def run(toy: Callable[..., Run]) -> Run:
    return toy(**SETTINGS)


@pytest.fixture(scope="module")
def whole(
    toy_data: tuple[Any, Any], toy_student: Student, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Trained, list[bytes], bytes, dict[str, bytes]]:
    out, model = tmp_path_factory.mktemp("whole"), toy_student()
    config = type(CONFIG).model_validate(CONFIG.model_dump() | SETTINGS)
    run = Run("toy", *toy_data, Text(), config, out, "f" * 64)
    trained = fit(model, run)
    return trained, weights(model), (out / "steps.parquet").read_bytes(), last(run)


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param((0,), id="in_the_first_forward_pass"),
        pytest.param((4,), id="mid_accumulation"),
        pytest.param((8,), id="at_the_epoch_edge"),
        pytest.param((19,), id="in_the_last_window"),
        pytest.param((7, 5, 1), id="three_times"),
    ],
)
def test_a_killed_run_goes_on_to_the_same_bytes(
    run: Run, toy_student: Student, killed: Any, whole: Any, calls: tuple[int, ...]
) -> None:
    for call in calls:
        killed(run, toy_student, call)
    assert not (run.out / "steps.parquet").exists()
    torch.manual_seed(calls[0])
    model = toy_student()
    assert fit(model, run) == whole[0]
    assert weights(model) == whole[1]
    assert (run.out / "steps.parquet").read_bytes() == whole[2]
    assert last(run) == whole[3]


def test_a_run_with_a_first_epoch_of_its_own_goes_on_in_it(
    run: Run, toy_student: Student, killed: Any, tmp_path: Path
) -> None:
    once = run.config.model_copy(update={"epochs": 1.0, "validations": 1})
    first = replace(run, config=once, first=(6, 7, 4, 5, 2, 3, 0, 1))
    killed(first, toy_student, 5)
    stopped, alone = toy_student(), toy_student()
    fit(stopped, first)
    fit(alone, replace(first, out=tmp_path / "alone"))
    assert weights(stopped) == weights(alone)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_saves_its_last_step(
    run: Run, toy_student: Student, whole: Any, how: signal.Signals
) -> None:
    """In the second forward pass of the third window; two steps are done."""
    settings = run.config.model_copy(update={"save_seconds": 1e9})
    run = replace(run, config=settings)

    asked = at_pass(toy_student(), 7, partial(os.kill, os.getpid(), how))
    with pytest.raises(SystemExit) as ended:
        fit(asked, run)
    assert ended.value.code == 128 + how
    assert signal.getsignal(how) in (signal.SIG_DFL, signal.default_int_handler)
    held = shelf(run).latest_valid(pytest.fail)
    assert held is not None and held.step == 2
    model = toy_student()
    assert fit(model, run) == whole[0]
    assert weights(model) == whole[1]


def test_another_fingerprint_is_another_run(run: Run, toy_student: Student, killed: Any) -> None:
    killed(run, toy_student, 10)
    assert shelf(run).latest_valid(pytest.fail) is not None
    assert shelf(replace(run, fingerprint="e" * 64)).latest_valid(pytest.fail) is None


def test_what_stopped_a_run_early_is_in_the_checkpoint(
    toy: Callable[..., Run], toy_student: Student
) -> None:
    """Started again after its end, nothing is trained further, and the reason is the same."""
    run = toy(lambda _, value: -value, validations=12, stopping={"patience": 2})
    first = fit(toy_student(), run)
    again = fit(at_pass(toy_student(), 0, pytest.fail), run)
    assert again == first


def test_a_saved_result_leaves_no_checkpoint(
    run: Run, toy_student: Student, tmp_path: Path
) -> None:
    fit(toy_student(), run)
    assert (tmp_path / "checkpoints").is_dir()
    shelf(run).clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "logs", "steps.parquet", "training_summary.json",
    ]  # fmt: skip
