"""The training loop: planned batches, one objective, validation, best step restored.

Everything random is a function of (seed, step), so a run that was stopped anywhere and started
again ends with the same bytes. Not here: what the loss is (ops/losses), which parameters are
trained (the caller decides with requires_grad).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops import progress, tables
from ops.errors import ContractError
from ops.losses.objective import Targets, Terms
from ops.training import state as kept
from ops.training.batch import Examples, collate, epochs, logits
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS

Objective = Callable[[Tensor, Targets], Terms]
STATE = "state.pt"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run needs: data, objective, pace, and the folder it may resume from."""

    stage: str
    train: Sequence[Examples]
    validation: Sequence[Examples]
    objective: Objective
    config: TrainingConfig
    out: Path


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run ended; losses in nats per supervised token."""

    steps: int
    tokens: int
    first_loss: float
    last_loss: float
    start_validation: float
    best_step: int
    best_validation: float
    restored_validation: float


def fit(model: Any, run: Run) -> Trained:
    """Train the parameters that require a gradient, and leave the model at its best step.

    Best is the lowest validation; the start is a candidate too, as step 0, so a run that only does
    harm changes nothing.

    Raises:
        ContractError: a loss is not finite, or there is nothing to train on.
    """
    if not run.train:
        raise ContractError(f"{run.stage}: no training batch; the shards hold no accepted answer")
    steps = max(1, round(run.config.epochs * len(run.train)))
    optimizer = _optimizer(model, run.config)
    state = kept.restore(run.out / STATE, model, optimizer)
    measure = {
        round((n + 1) * steps / run.config.validations) for n in range(run.config.validations)
    }
    if not state.best:
        _validate(model, optimizer, run, state)
    for step, number in epochs(len(run.train), run.config.seed, steps, state.step):
        row = _step(model, optimizer, run, run.train[number], (step, steps))
        state.tokens += row.pop("batch_tokens")
        state.step = step + 1
        state.rows.append({"step": step + 1, "tokens": state.tokens, "validation": None, **row})
        progress.report(run.stage, step + 1, steps, loss=f"{row['loss']:.3f}")
        if step + 1 in measure:
            _validate(model, optimizer, run, state)
    kept.put(model, state.best)
    restored = validation_loss(model, run)
    _record(run, state)
    return _trained(state, steps, restored)


def _trained(state: kept.State, steps: int, restored: float) -> Trained:
    tenth = max(1, steps // 10)
    return Trained(
        steps=steps,
        tokens=state.tokens,
        first_loss=sum(row["loss"] for row in state.rows[:tenth]) / tenth,
        last_loss=sum(row["loss"] for row in state.rows[-tenth:]) / tenth,
        start_validation=state.start_loss,
        best_step=state.best_step,
        best_validation=state.best_loss,
        restored_validation=restored,
    )


def _step(
    model: Any,
    optimizer: torch.optim.Optimizer,
    run: Run,
    examples: Examples,
    at: tuple[int, int],
) -> dict[str, Any]:
    step, steps = at
    torch.manual_seed(run.config.seed * 1_000_003 + step)
    model.train()
    rate = run.config.learning_rate * _schedule(step, steps, run.config.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    batch = collate(examples, next(model.parameters()).device)
    terms = run.objective(logits(model, batch), batch.targets)
    torch.autograd.backward(terms.total)
    norm = torch.nn.utils.clip_grad_norm_(kept.trained(model).values(), run.config.max_grad_norm)
    loss = terms.total.item()
    if not math.isfinite(loss) or not math.isfinite(float(norm)):
        raise ContractError(
            f"{run.stage}: step {step + 1} has loss {loss} and gradient norm {float(norm)}; both "
            f"must be finite: lower learning_rate ({run.config.learning_rate}) in the profile"
        )
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    parts = {name: float(value) for name, value in terms.parts.items()}
    return {
        "loss": loss,
        **parts,
        "grad_norm": float(norm),
        "learning_rate": rate,
        "batch_tokens": len(batch.rows_N),
    }


def _validate(model: Any, optimizer: torch.optim.Optimizer, run: Run, state: kept.State) -> None:
    """Measure, keep the model if it is the best so far, and save the state."""
    loss = validation_loss(model, run)
    if not math.isfinite(loss):
        raise ContractError(
            f"{run.stage}: validation after step {state.step} is {loss}, expected a finite loss: "
            f"lower learning_rate ({run.config.learning_rate}) in the profile"
        )
    if state.step == 0:
        state.start_loss = loss
    else:
        state.rows[-1]["validation"] = loss
    if loss < state.best_loss:
        state.best_loss, state.best_step = loss, state.step
        state.best = kept.copy(model)
    kept.save(run.out / STATE, state, model, optimizer)


@torch.no_grad()
def validation_loss(model: Any, run: Run) -> float:
    """The objective on the validation batches, mean over supervised tokens; of training if none."""
    model.eval()
    total, tokens = 0.0, 0
    for examples in run.validation or run.train[:8]:
        batch = collate(examples, next(model.parameters()).device)
        terms = run.objective(logits(model, batch), batch.targets)
        total += float(terms.total) * len(batch.rows_N)
        tokens += len(batch.rows_N)
    return total / tokens


def _optimizer(model: Any, config: TrainingConfig) -> torch.optim.AdamW:
    parameters = list(kept.trained(model).values())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=(0.9, 0.98),
    )


def _schedule(step: int, steps: int, warmup: float) -> float:
    """Share of the peak: linear up, then a cosine down to a tenth."""
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    part = (step - rising) / max(1, steps - rising)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * part))


def _record(run: Run, state: kept.State) -> None:
    from torch.utils.tensorboard import SummaryWriter

    tables.write(tables.from_rows(state.rows, STEPS), run.out / "steps.parquet")
    with SummaryWriter(str(run.out / "logs" / "tensorboard")) as writer:
        for row in state.rows:
            for name, value in row.items():
                if name not in ("step", "tokens") and value is not None:
                    writer.add_scalar(f"{run.stage}/{name}", value, row["step"])
    (run.out / STATE).unlink(missing_ok=True)
