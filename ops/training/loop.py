"""The training loop: planned windows, one objective, validation, best step restored.

Everything random is a function of (seed, step), so a run that was stopped anywhere and started
again ends with the same bytes. Not here: one step (window.py), what the loss is (ops/losses), when
a run is over (stopping.py), which parameters are trained (the caller, with requires_grad).
"""

import math
import time
from typing import Any

from ops import progress
from ops.errors import ContractError
from ops.training import estimate, ranks, record, signals, stopping
from ops.training import optimizer as optimizers
from ops.training.keeping import Keeping
from ops.training.precision import arrange
from ops.training.run import Run, Trained
from ops.training.sharding import shard
from ops.training.state import State, Validation
from ops.training.validate import measured
from ops.training.window import Learner, step

FINISHED = "finished: every planned step was taken"


def fit(model: Any, run: Run) -> Trained:
    """Train the parameters that require a gradient, and leave the model at its best step.

    Best is the lowest validation; the start is a candidate too, as step 0, so a run that only does
    harm changes nothing. The checkpoints stay until `keeping.done` is told that the result is
    saved.

    Raises:
        ContractError: a loss is not finite, or there is nothing to train on.
        SettingsError: early stopping could never stop the run, or the machine cannot do as set.
        SystemExit: the process was asked to end; the state is saved.
    """
    if not run.train:
        raise ContractError(f"{run.stage}: no training batch; the shards hold no accepted answer")
    order, config = run.order, run.config
    stopping.require(run.stage, config, order.steps, order.measured)
    arrange(model, config)
    shard(model)
    learner = Learner(model, optimizers.adamw(model, config), run)
    keeping = Keeping(learner)
    state = keeping.resumed()
    progress.note(run.stage, state.step, order.steps, estimate.told(model, run))
    if not state.validations:
        _validate(learner, keeping, state)
    with signals.heard() as asked:
        _train(learner, keeping, state, asked)
    keeping.put_best(state)
    trained = _trained(state, measured(model, run).loss)
    if ranks.number() == 0:
        record.write(run, state, trained)
    return trained


def _trained(state: State, restored: float) -> Trained:
    losses = [float(row["loss"]) for row in state.rows]
    tenth = max(1, len(losses) // 10)
    return Trained(
        steps=state.step,
        tokens=state.tokens,
        first_loss=sum(losses[:tenth]) / tenth,
        last_loss=sum(losses[-tenth:]) / tenth,
        start_validation=state.validations[0].loss,
        best_step=state.best.step,
        best_validation=state.best.loss,
        best_perplexity=state.best.perplexity,
        restored_validation=restored,
        stopped=state.stopped or FINISHED,
    )


def _train(learner: Learner, keeping: Keeping, state: State, asked: signals.Asked) -> None:
    """Step after step to the end, or until it is over before."""
    run, order = learner.run, learner.run.order
    measure = set(order.measured)

    def between() -> None:
        if asked.by is not None and ranks.count() == 1:
            keeping.leave(state, asked.by)

    for number, window in order.windows(state.step):
        if state.stopped:
            break
        if any(ranks.gathered(asked.by is not None)):
            keeping.leave(state, asked.by or signals.HEARD[0])
        began = time.monotonic()
        rate = optimizers.paced(learner.optimizer, run.config, number, order.steps)
        found = step(learner, window, number, between)
        record.add(run, state, found, rate, time.monotonic() - began)
        if state.step in measure:
            _validate(learner, keeping, state)
        else:
            keeping.save_if_due(state)


def _validate(learner: Learner, keeping: Keeping, state: State) -> None:
    """Measure, judge whether the run is over, and save."""
    run = learner.run
    found = measured(learner.model, run)
    if not math.isfinite(found.loss):
        raise ContractError(
            f"{run.stage}: validation after step {state.step} is {found.loss}, expected a finite "
            f"loss: lower learning_rate ({run.config.learning_rate}) in the profile"
        )
    since = state.validations[-1].step if state.validations else 0
    norms = [row["grad_norm"] for row in state.rows[since:]]
    mean = sum(norms) / len(norms) if norms else None
    state.validations.append(Validation(state.step, found.loss, found.perplexity, mean))
    if state.rows:
        state.rows[-1]["validation"] = found.loss
    state.stopped = stopping.reason(run.config.stopping, state.validations)
    keeping.save(state)
