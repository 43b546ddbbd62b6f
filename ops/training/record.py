"""What a run tells: a line while it goes on, then its steps, times, curves and a summary on disk.

Times lie under logs/, so that equal runs leave equal tables.
"""

import json
from dataclasses import asdict
from typing import Any

from ops import progress, tables
from ops.training.contract import PACE, STEPS, SUMMARY
from ops.training.run import Run, Trained
from ops.training.state import State
from ops.training.window import Stepped

RECENT = 20


def add(run: Run, state: State, found: Stepped, rate: float, seconds: float) -> None:
    """Count the step that was taken, keep its row, and say how far the run is."""
    state.step += 1
    state.tokens += found.tokens
    state.seconds += seconds
    state.rows.append(
        {
            "step": state.step,
            "tokens": state.tokens,
            "loss": found.loss,
            "parts": found.parts,
            "grad_norm": found.grad_norm,
            "norms": found.norms,
            "learning_rate": rate,
            "validation": None,
            "seconds": seconds,
            "tokens_per_second": found.tokens / seconds if seconds else 0.0,
        }
    )
    recent = state.rows[-RECENT:]
    pace = sum(row["seconds"] for row in recent) / len(recent)
    steps = run.order.steps
    parts = {name: f"{value:.3f}" for name, value in found.parts.items()}
    progress.report(
        run.stage,
        state.step,
        steps,
        **({"loss": f"{found.loss:.3f}"} | (parts if len(parts) > 1 else {})),
        tokens_s=round(sum(row["tokens_per_second"] for row in recent) / len(recent)),
        left=progress.clock((steps - state.step) * pace),
    )


def write(run: Run, state: State, trained: Trained) -> None:
    """Leave steps.parquet, training_summary.json, and under logs/ times and TensorBoard curves."""
    logs = run.out / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    tables.write(tables.from_rows(state.rows, STEPS), run.out / "steps.parquet")
    tables.write(tables.from_rows(state.rows, PACE), logs / "pace.parquet")
    (run.out / SUMMARY).write_text(json.dumps(summary(run, state, trained), indent=1), "utf-8")
    _curves(run, state)


def summary(run: Run, state: State, trained: Trained) -> dict[str, Any]:
    """How the run ended and why, its validations, and its settings."""
    histories = {
        "steps_measured": [one.step for one in state.validations],
        "loss_history": [one.loss for one in state.validations],
        "perplexity_history": [one.perplexity for one in state.validations],
        "grad_norm_history": [one.grad_norm for one in state.validations],
    }
    settings = {"stage": run.stage, "config": run.config.model_dump()}
    planned = {"planned_steps": run.order.steps}
    return settings | asdict(trained) | planned | histories | {"fingerprint": run.fingerprint}


def _curves(run: Run, state: State) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(run.out / "logs" / "tensorboard")) as writer:
        for row in state.rows:
            for name, value in _scalars(row):
                writer.add_scalar(f"{run.stage}/{name}", value, row["step"])
        for one in state.validations:
            writer.add_scalar(f"{run.stage}/perplexity", one.perplexity, one.step)


def _scalars(row: dict[str, Any]) -> list[tuple[str, float]]:
    found = []
    for name, value in row.items():
        if isinstance(value, dict):
            found += [(f"{name}/{component}", one) for component, one in value.items()]
        elif name not in ("step", "tokens") and value is not None:
            found.append((name, value))
    return found
