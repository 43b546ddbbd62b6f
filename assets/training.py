"""What every training run must have done before its checkpoint is published."""

from pathlib import Path
from typing import Any

from assets.produce import Check


def falling(draft: Path, figures: dict[str, Any]) -> list[Check]:
    """The mean loss of the last tenth of the steps lies under that of the first tenth."""
    first, last = figures["first_loss"], figures["last_loss"]
    told = f"{first:.3f} to {last:.3f} nats per token in {figures['steps']} steps"
    return [Check("loss_falls", last < first, told)]


def holding(draft: Path, figures: dict[str, Any]) -> list[Check]:
    """A run that starts from a trained student: its loss ends no more than a tenth above its start.

    It may start near its optimum, so falling is not asked of it.
    """
    first, last = figures["first_loss"], figures["last_loss"]
    told = f"{first:.3f} to {last:.3f} nats per token in {figures['steps']} steps"
    return [Check("loss_holds", last <= 1.1 * first, told)]
