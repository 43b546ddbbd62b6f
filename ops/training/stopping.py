"""When a run is over before its last step, told from its validations alone.

Patience: so many validations in a row brought no improvement of more than `min_delta`. Trend: over
the last n, nothing improved, and neither loss nor perplexity nor gradient norm falls any more by a
test of the slope (trend.py), so a run that improves slowly and steadily is not taken for converged.
The validations are in the checkpoint, and so a run that goes on stops where it would have.
"""

from collections.abc import Sequence

from ops.errors import SettingsError
from ops.training.config import StoppingConfig, TrainingConfig
from ops.training.state import Validation
from ops.training.trend import falls


def require(stage: str, config: TrainingConfig, steps: int, measured: Sequence[int]) -> None:
    """Refuse settings under which nothing could ever stop the run.

    For a patience of n that takes n + 2 validations: one that improves, n that do not, and one that
    is saved. Checkpoints are written at validations, so what is measured is saved too.

    Args:
        stage: whose run it is, for the message.
        config: cadence and early ends.
        steps: that are planned.
        measured: those after which there is a validation.

    Raises:
        SettingsError: there are too few validations for the patience or the trend.
    """
    stopping = config.stopping
    asked = {
        "patience": stopping.patience + 2 if stopping.patience else 0,
        "trend": stopping.trend + 1 if stopping.trend else 0,
    }
    for name, least in asked.items():
        if len(measured) < least:
            raise SettingsError(
                f"{stage}: training.stopping.{name} is {getattr(stopping, name)} and can never "
                f"stop the run: {_counted(config, steps, measured)}, and {least} are needed; "
                f"{_mended(config, steps, least)} or lower {name}"
            )


def _counted(config: TrainingConfig, steps: int, measured: Sequence[int]) -> str:
    """How many validations the steps have, as arithmetic."""
    every = config.validate_every
    if every is None:
        return f"{steps} steps have {len(measured)} validations"
    on_the_way = steps // every
    last = " and one at the end" if steps % every else ""
    what = "validation" if on_the_way == 1 else "validations"
    return f"{steps} steps // {every} (validate_every) = {on_the_way} {what}{last}"


def _mended(config: TrainingConfig, steps: int, least: int) -> str:
    """What to set so that the steps have enough validations."""
    if steps < least:
        return f"raise training.epochs, as {steps} steps have at most {steps},"
    if config.validate_every is None:
        return f"raise training.validations to {least} (one a step at most)"
    return f"set training.validate_every to {steps // least} ({steps} // {least}) or less"


def reason(config: StoppingConfig, validations: Sequence[Validation]) -> str | None:
    """Why the run is over now, in a line; None while it is not."""
    losses = [one.loss for one in validations]
    waited = len(losses) - 1 - last_improvement(losses, config.min_delta)
    if config.patience and waited >= config.patience:
        return (
            f"patience: {waited} validations without an improvement of more than "
            f"{config.min_delta:g} nats"
        )
    if config.trend and len(losses) > config.trend and waited >= config.trend:
        recent = validations[-config.trend :]
        series = {
            "loss": [one.loss for one in recent],
            "perplexity": [one.perplexity for one in recent],
            "gradient norm": [one.grad_norm for one in recent if one.grad_norm is not None],
        }
        if not any(falls(values) for values in series.values() if len(values) > 2):
            return f"converged: {', '.join(series)} do not fall over {config.trend} validations"
    return None


def last_improvement(losses: Sequence[float], min_delta: float) -> int:
    """Index of the last loss that was lower than the one kept before it by more than `min_delta`.

    >>> last_improvement([1.0, 0.9, 0.95, 0.895], 0.01)
    1
    """
    kept, at = losses[0], 0
    for index, loss in enumerate(losses):
        if loss < kept - min_delta:
            kept, at = loss, index
    return at
