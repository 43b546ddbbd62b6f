"""When a run is over before its last step, told from its validations alone.

Patience: so many validations in a row brought no improvement of more than `min_delta`. Trend: over
the last n, nothing improved, and neither loss nor perplexity nor gradient norm falls any more by a
test of the slope (trend.py), so a run that improves slowly and steadily is not taken for converged.
The validations are in the checkpoint, and so a run that goes on stops where it would have.
"""

from collections.abc import Sequence

from ops.errors import SettingsError
from ops.training.config import StoppingConfig
from ops.training.state import Validation
from ops.training.trend import falls


def require(stage: str, config: StoppingConfig, steps: int, validations: int) -> None:
    """Refuse settings under which nothing could ever stop the run.

    Raises:
        SettingsError: there are too few validations for the patience or the trend.
    """
    asked = {
        "patience": config.patience + 2 if config.patience else 0,
        "trend": config.trend + 1 if config.trend else 0,
    }
    for name, least in asked.items():
        if validations < least:
            raise SettingsError(
                f"{stage}: training.stopping.{name} is {getattr(config, name)} and can never stop "
                f"the run: {steps} steps have {validations} validations, and {least} are needed; "
                f"raise training.validations (one a step at most) or lower {name}"
            )


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
