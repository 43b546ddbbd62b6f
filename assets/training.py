"""What every training run must have done before its checkpoint is published."""

from pathlib import Path
from typing import Any

from assets.produce import Check


def falling(draft: Path, figures: dict[str, Any]) -> list[Check]:
    """The loss on the repair split is lower at the best step than it was at the start."""
    start, best = figures["start_validation"], figures["best_validation"]
    return [Check("loss_falls", best < start, told(figures))]


def told(figures: dict[str, Any]) -> str:
    """How the validation went, in a line. From a trained student, step 0 may stay the best."""
    return (
        f"validation {figures['start_validation']:.3f} to {figures['best_validation']:.3f}, "
        f"best at step {figures['best_step']} of {figures['steps']}"
    )


def restored(draft: Path, figures: dict[str, Any]) -> list[Check]:
    """The student is left at its best step, and is no worse on the repair split than it began."""
    if "not_run" in figures:
        return [Check("best_step_restored", True, figures["not_run"])]
    no_worse = figures["best_validation"] <= figures["start_validation"]
    return [Check("best_step_restored", no_worse, told(figures))]
