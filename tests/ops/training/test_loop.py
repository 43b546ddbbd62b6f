"""Training falls, stops, goes on to the same bytes, and keeps its best step."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops import tables
from ops.errors import ContractError
from ops.losses.objective import Targets, Terms, kd
from ops.student import model as students
from ops.training.batch import planned
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS
from ops.training.loop import STATE, Run, Trained, _schedule, fit, validation_loss

CONFIG = TrainingConfig(learning_rate=3e-3, epochs=1.5, validations=4)


class Stopped(Exception):
    """The machine went away."""


def objective(logits_NV: Tensor, targets: Targets) -> Terms:
    return kd(logits_NV, targets, 0.5)


def stopping_at(call: int) -> Callable[[Tensor, Targets], Terms]:
    calls = iter(range(10_000))

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        if next(calls) == call:
            raise Stopped
        return objective(logits_NV, targets)

    return loss


@pytest.fixture(scope="module")
def data(shards_folder: Path) -> tuple[Any, Any]:
    return planned(shards_folder, "train")[:8], planned(shards_folder, "repair")[:1]


@pytest.fixture
def run(data: tuple[Any, Any], tmp_path: Path) -> Run:
    return Run("toy", data[0], data[1], objective, CONFIG, tmp_path)


def made(student_folder: Path) -> Any:
    return students.load(student_folder).cpu()


def weights(model: Any) -> list[bytes]:
    return [value.detach().numpy().tobytes() for value in model.parameters()]


@pytest.fixture(scope="module")
def whole(
    data: tuple[Any, Any], student_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Trained, list[bytes], bytes]:
    """An uninterrupted run: how it ended, its parameters, its steps on disk."""
    out, model = tmp_path_factory.mktemp("whole"), made(student_folder)
    trained = fit(model, Run("toy", data[0], data[1], objective, CONFIG, out))
    assert not (out / STATE).exists()
    assert list((out / "logs" / "tensorboard").iterdir())
    return trained, weights(model), (out / "steps.parquet").read_bytes()


def test_the_loss_falls(whole: Any) -> None:
    trained = whole[0]
    assert trained.steps == 12
    assert trained.last_loss < 0.8 * trained.first_loss


def test_a_row_a_step(run: Run, student_folder: Path) -> None:
    trained = fit(made(student_folder), run)
    rows = tables.rows(tables.read(run.out / "steps.parquet", STEPS))
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert [row["step"] for row in rows if row["validation"] is not None] == [3, 6, 9, 12]
    assert rows[-1]["tokens"] == trained.tokens
    assert all(row["tool_name"] is None and row["divergence"] is not None for row in rows)
    best = min((row for row in rows if row["validation"]), key=lambda row: row["validation"])
    assert trained.best_step == best["step"]
    assert trained.best_validation == pytest.approx(best["validation"], rel=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(1, id="before_anything_was_saved"),
        pytest.param(3, id="in_the_first_validation"),
        pytest.param(5, id="between_two_saves"),
        pytest.param(13, id="near_the_end"),
    ],
)
def test_a_stopped_run_goes_on_to_the_same_bytes(
    run: Run, student_folder: Path, whole: Any, call: int
) -> None:
    with pytest.raises(Stopped):
        fit(made(student_folder), replace(run, objective=stopping_at(call)))
    assert not (run.out / "steps.parquet").exists()
    torch.manual_seed(call)
    model = made(student_folder)
    assert fit(model, run) == whole[0]
    assert weights(model) == whole[1]
    assert (run.out / "steps.parquet").read_bytes() == whole[2]


def test_a_run_that_was_stopped_twice(run: Run, student_folder: Path, whole: Any) -> None:
    for call in (6, 6):
        with pytest.raises(Stopped):
            fit(made(student_folder), replace(run, objective=stopping_at(call)))
    model = made(student_folder)
    assert fit(model, run) == whole[0]
    assert weights(model) == whole[1]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_its_step(
    run: Run, student_folder: Path, bad: float
) -> None:
    calls = iter(range(100))

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        terms = objective(logits_NV, targets)
        return Terms(terms.total * bad, terms.parts) if next(calls) == 3 else terms

    with pytest.raises(ContractError, match=rf"toy: step 3 has loss {bad}.*lower learning_rate"):
        fit(made(student_folder), replace(run, objective=loss))


def test_a_validation_that_is_not_finite_is_an_error(run: Run, student_folder: Path) -> None:
    """Nothing after it would notice, and no step would be the best."""

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        terms = objective(logits_NV, targets)
        return terms if torch.is_grad_enabled() else Terms(terms.total * math.nan, {})

    with pytest.raises(ContractError, match="toy: validation after step 0 is nan"):
        fit(made(student_folder), replace(run, objective=loss))


def test_the_best_step_is_restored(run: Run, student_folder: Path) -> None:
    """From the seventh step on the objective is turned round, and what was learnt is lost."""
    calls = iter(range(100))

    def loss(logits_NV: Tensor, targets: Targets) -> Terms:
        terms = objective(logits_NV, targets)
        turned = torch.is_grad_enabled() and next(calls) > 5
        return Terms(-9 * terms.total, {}) if turned else terms  # enough to stop the momentum

    model = made(student_folder)
    steep = CONFIG.model_copy(update={"max_grad_norm": 100.0})
    trained = fit(model, replace(run, objective=loss, config=steep))
    assert trained.best_step == 6
    assert validation_loss(model, run) == trained.best_validation
    rows = tables.rows(tables.read(run.out / "steps.parquet", STEPS))
    assert rows[11]["validation"] > rows[5]["validation"]


def test_only_parameters_that_want_a_gradient_are_trained(run: Run, student_folder: Path) -> None:
    model = made(student_folder).requires_grad_(False)
    layer = model.model.layers[0].mlp.up_proj.weight.requires_grad_()
    before = {name: value.clone() for name, value in model.named_parameters()}
    fit(model, run)
    changed = [n for n, v in model.named_parameters() if not torch.equal(v, before[n])]
    assert changed == ["model.layers.0.mlp.up_proj.weight"]
    assert layer.requires_grad


def test_without_a_batch_there_is_nothing_to_train_on(run: Run, student_folder: Path) -> None:
    with pytest.raises(ContractError, match="toy: no training batch"):
        fit(made(student_folder), replace(run, train=[]))


def test_without_validation_the_training_batches_judge(run: Run, student_folder: Path) -> None:
    model = made(student_folder)
    alone = replace(run, validation=[])
    same = replace(run, validation=run.train[:8])
    assert validation_loss(model, alone) == validation_loss(model, same)


def test_the_schedule_rises_then_falls_to_a_tenth() -> None:
    shares = [_schedule(step, 100, 0.1) for step in range(101)]
    assert shares[:10] == pytest.approx([n / 10 for n in range(1, 11)])
    assert shares[10] == pytest.approx(1.0)
    assert all(a > b for a, b in pairwise(shares[10:]))
    assert shares[100] == pytest.approx(0.1)
