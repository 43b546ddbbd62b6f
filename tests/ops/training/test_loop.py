"""Training falls, keeps its best step, and ends early or with a name where it must."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ops import progress, tables
from ops.errors import ContractError, SettingsError
from ops.spans.contract import KINDS
from ops.training.contract import PACE, STEPS, SUMMARY
from ops.training.keeping import shelf
from ops.training.loop import FINISHED, fit
from ops.training.run import Run, Trained
from ops.training.validate import measured

Toy = Callable[..., Run]
Student = Callable[[], Any]


def rows_of(run: Run) -> list[dict[str, Any]]:
    return tables.rows(tables.read(run.out / "steps.parquet", STEPS))


@pytest.fixture(scope="module")
def whole(
    toy_data: tuple[Any, Any], toy_student: Student, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Trained, Run, list[progress.Progress]]:
    """An uninterrupted run: how it ended, what it left, and what it told."""
    from tests.ops.training.conftest import CONFIG, Text

    out, told = tmp_path_factory.mktemp("whole"), list[progress.Progress]()
    run = Run("toy", *toy_data, Text(), CONFIG, out, "f" * 64)
    with progress.sink(told.append):
        trained = fit(toy_student(), run)
    return trained, run, told


def test_the_loss_falls(whole: Any) -> None:
    trained = whole[0]
    assert trained.steps == 12
    assert trained.last_loss < 0.8 * trained.first_loss
    assert trained.stopped == FINISHED
    assert trained.best_perplexity == pytest.approx(math.exp(trained.best_validation))


def test_a_row_a_step(whole: Any) -> None:
    trained, run, _ = whole
    rows = rows_of(run)
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert [row["step"] for row in rows if row["validation"] is not None] == [3, 6, 9, 12]
    assert rows[-1]["tokens"] == trained.tokens
    assert all(dict(row["parts"]) == {"cross_entropy": row["loss"]} for row in rows)
    assert all(dict(row["norms"])["cross_entropy"] > 0 for row in rows)
    best = min((row for row in rows if row["validation"]), key=lambda row: row["validation"])
    assert trained.best_step == best["step"]
    assert trained.best_validation == pytest.approx(best["validation"], rel=1e-6)
    pace = tables.rows(tables.read(run.out / "logs" / "pace.parquet", PACE))
    assert [row["step"] for row in pace] == list(range(1, 13))
    assert all(row["tokens_per_second"] > 0 for row in pace)
    assert list((run.out / "logs" / "tensorboard").iterdir())


def test_it_tells_what_it_will_take_and_how_far_it_is(whole: Any) -> None:
    _, _, told = whole
    assert "parameters" in told[0].figures["note"]
    assert "activations" in told[0].figures["note"]
    last = told[-1]
    assert (last.stage, last.done, last.total) == ("toy", 12, 12)
    assert last.figures.keys() == {"loss", "tokens_s", "left"}
    assert last.figures["left"] == "0 s"


def test_the_summary_says_how_it_went(whole: Any) -> None:
    trained, run, _ = whole
    told = json.loads((run.out / SUMMARY).read_text(encoding="utf-8"))
    assert told["stopped"] == FINISHED
    assert told["best_step"] == trained.best_step
    assert told["steps_measured"] == [0, 3, 6, 9, 12]
    assert min(told["loss_history"]) == trained.best_validation
    assert told["perplexity_history"] == [math.exp(loss) for loss in told["loss_history"]]
    norms = [row["grad_norm"] for row in rows_of(run)]
    assert told["grad_norm_history"][0] is None
    assert told["grad_norm_history"][1] == pytest.approx(sum(norms[:3]) / 3)
    assert told["config"] == run.config.model_dump()


def test_the_best_step_is_restored(toy: Toy, toy_student: Student) -> None:
    """From the seventh step on the objective is turned round, and what was learnt is lost."""
    run = toy(lambda call, whole: -9 * whole if call > 5 else whole, max_grad_norm=100.0)
    model = toy_student()
    trained = fit(model, run)
    assert trained.best_step == 6
    assert trained.restored_validation == measured(model, run).loss == trained.best_validation
    rows = rows_of(run)
    assert rows[11]["validation"] > rows[5]["validation"]


def test_a_run_that_only_harms_changes_nothing(toy: Toy, toy_student: Student) -> None:
    model, before = toy_student(), toy_student()
    trained = fit(model, toy(lambda _, whole: -whole))
    assert trained.best_step == 0
    pairs = zip(model.parameters(), before.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_patience_ends_the_run_and_the_summary_says_so(toy: Toy, toy_student: Student) -> None:
    run = toy(lambda _, whole: -whole, validations=12, stopping={"patience": 2})
    trained = fit(toy_student(), run)
    assert trained.steps == 2
    assert trained.stopped.startswith("patience: 2 validations without an improvement")
    assert json.loads((run.out / SUMMARY).read_text())["stopped"] == trained.stopped


def test_settings_that_can_never_stop_are_refused(toy: Toy, toy_student: Student) -> None:
    told = r"patience is 3 and can never stop the run: 12 steps have 4 validations, and 5 are"
    with pytest.raises(SettingsError, match=told):
        fit(toy_student(), toy(stopping={"patience": 3}))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_step_batch_and_prompts(
    toy: Toy, toy_student: Student, bad: float
) -> None:
    run = toy(lambda call, whole: whole * bad if call == 3 else whole)
    with pytest.raises(ContractError) as caught:
        fit(toy_student(), run)
    (found,) = [one for at, one in enumerate(_windows(run)) if at == 3]
    first = run.train[found[0]][0]["prompt_id"]
    assert f"toy: step 4 has loss {bad} in batch {found[0]} (prompts {first}" in str(caught.value)
    assert "lower learning_rate" in str(caught.value)


def _windows(run: Run) -> list[list[int]]:
    return [[one.number for one in window] for _, window in run.order.windows(0)]


def test_a_gradient_that_is_not_finite_is_not_kept(toy: Toy, toy_student: Student) -> None:
    """The loss is finite, one gradient is NaN: neither weights nor a checkpoint take it."""
    run, model, calls = toy(save_seconds=0), toy_student(), iter(range(100))

    def spoil(gradient: Tensor) -> Tensor:
        return gradient * math.nan if next(calls) == 4 else gradient

    model.model.layers[0].mlp.up_proj.weight.register_hook(spoil)
    with pytest.raises(ContractError, match=r"toy: step 5 has gradient norm nan in batch \d"):
        fit(model, run)
    assert all(bool(value.isfinite().all()) for value in model.parameters())
    held = shelf(run).latest_valid(pytest.fail)
    assert held is not None and held.step == 4


def test_a_validation_that_is_not_finite_is_an_error(toy: Toy, toy_student: Student) -> None:
    """Nothing after it would notice, and no step would be the best."""
    run, model = toy(), toy_student()
    with torch.no_grad():
        model.model.norm.weight.fill_(math.inf)
    with pytest.raises(ContractError, match="toy: validation after step 0 is nan"):
        fit(model, run)


def test_targets_that_were_all_cut_away_are_an_error(toy: Toy, toy_student: Student) -> None:
    """A loss of 0.0 would look like a student that knows everything."""
    run = toy()
    prompt = KINDS.index("prompt")
    empty = [
        [row | {"span_kind": [prompt] * len(row["input_ids"]), "teacher_at": [],
                "teacher_ids": [], "teacher_logp": []} for row in batch]
        for batch in run.train
    ]  # fmt: skip
    with pytest.raises(ContractError, match=r"toy: step 1 has no supervised token .* in batch"):
        fit(toy_student(), replace(run, train=empty))
    with pytest.raises(ContractError, match=r"toy: no supervised token .* validation batches"):
        fit(toy_student(), replace(run, validation=empty, fingerprint="e" * 64))


@pytest.mark.parametrize("together", [2, 4])
def test_a_window_is_one_large_batch(toy: Toy, toy_student: Student, together: int) -> None:
    """Of batches with other numbers of targets: the same losses, norms and weights."""
    run = toy(accumulate=together, warmup=0.0)
    windows = _windows(run)
    large = [[row for number in window for row in run.train[number]] for window in windows]
    split, one = _plain(toy_student()), _plain(toy_student())
    fit(split, run)
    order = [one_window[0] for one_window in _windows(_of(run, large))]
    placed = [large[order.index(at)] for at in range(len(large))]
    fit(one, _of(run, placed))
    for a, b in zip(split.parameters(), one.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-5, rtol=2e-4)


def _of(run: Run, batches: list[Any]) -> Run:
    config = run.config.model_copy(update={"accumulate": 1, "epochs": 1.0})
    out = run.out / "large"
    out.mkdir(exist_ok=True)
    return replace(run, train=batches, config=config, out=out)


def _plain(model: Any) -> Any:
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.0
    return model


def test_clipping_clips(toy: Toy, toy_student: Student) -> None:
    """With SGD's view of AdamW's first moment: the gradients it saw have at most the norm."""
    from ops.training import optimizer as optimizers

    model = toy_student()
    for value in model.parameters():
        value.grad = torch.full_like(value, 3.0)
    assert optimizers.clipped(model, 0.25) > 0.25
    left = torch.stack([value.grad.norm() for value in model.parameters()]).norm()
    assert float(left) == pytest.approx(0.25, rel=1e-4)


def test_only_parameters_that_want_a_gradient_are_trained(toy: Toy, toy_student: Student) -> None:
    model = toy_student().requires_grad_(False)
    model.model.layers[0].mlp.up_proj.weight.requires_grad_()
    before = {name: value.clone() for name, value in model.named_parameters()}
    fit(model, toy())
    changed = [n for n, v in model.named_parameters() if not torch.equal(v, before[n])]
    assert changed == ["model.layers.0.mlp.up_proj.weight"]


def test_without_a_batch_there_is_nothing_to_train_on(toy: Toy, toy_student: Student) -> None:
    with pytest.raises(ContractError, match="toy: no training batch"):
        fit(toy_student(), replace(toy(), train=[]))


def test_without_validation_the_training_batches_judge(toy: Toy, toy_student: Student) -> None:
    model, run = toy_student(), toy()
    alone, same = replace(run, validation=[]), replace(run, validation=run.train[:8])
    assert measured(model, alone) == measured(model, same)
