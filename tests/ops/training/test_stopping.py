"""A run that still improves goes on, one that does not ends, and it must be able to end."""

import random

import pytest

from ops.errors import SettingsError
from ops.training.config import StoppingConfig, TrainingConfig
from ops.training.order import Order
from ops.training.state import Validation
from ops.training.stopping import reason, require
from ops.training.trend import falls, slope

BOTH = StoppingConfig(patience=5, trend=6, min_delta=0.0005)
STEADY = [1.0 - 0.002 * n for n in range(40)]
PLATEAU = [2.0, 1.5, 1.2, 1.1, *[1.05 + 0.001 * (n % 2) for n in range(20)]]
RISE = [2.0, 1.5, 1.2, *[1.25 + 0.02 * n for n in range(20)]]


def stopped(config: StoppingConfig, losses: list[float], norms: list[float] | None = None) -> int:
    """Validations after which the run ends; all of them if it does not."""
    grads = norms or [1.0] * len(losses)
    told = [Validation(n, x, 2.0**x, g) for n, (x, g) in enumerate(zip(losses, grads, strict=True))]
    for count in range(1, len(told) + 1):
        if reason(config, told[:count]):
            return count
    return len(told)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(BOTH, id="both"),
        pytest.param(StoppingConfig(trend=4), id="trend"),
        pytest.param(StoppingConfig(patience=1), id="patience"),
        pytest.param(StoppingConfig(patience=3, min_delta=0.004), id="slower_than_min_delta"),
    ],
)
def test_a_steady_improvement_does_not_stop(config: StoppingConfig) -> None:
    """1.000, .998, .996, ...: their spread is below half a per cent of their mean."""
    assert stopped(config, STEADY) == len(STEADY)


def test_a_noisy_improvement_does_not_stop() -> None:
    drawn = random.Random(3)
    losses = [loss + drawn.uniform(-0.0004, 0.0004) for loss in STEADY]
    assert stopped(StoppingConfig(trend=6), losses) == len(losses)


@pytest.mark.parametrize(
    ("losses", "config", "expected"),
    [
        pytest.param(PLATEAU, StoppingConfig(patience=5), 10, id="plateau_patience"),
        pytest.param(PLATEAU, StoppingConfig(trend=6), 11, id="plateau_trend"),
        pytest.param(RISE, StoppingConfig(patience=5), 8, id="rise_patience"),
        pytest.param(RISE, StoppingConfig(trend=6), 9, id="rise_trend"),
    ],
)
def test_a_plateau_and_a_rise_stop(
    losses: list[float], config: StoppingConfig, expected: int
) -> None:
    assert stopped(config, losses) == expected


def test_a_gradient_norm_that_still_falls_is_no_convergence() -> None:
    falling = [3.0 - 0.1 * n for n in range(len(PLATEAU))]
    assert stopped(StoppingConfig(trend=6), PLATEAU, falling) == len(PLATEAU)


def test_nothing_set_never_stops() -> None:
    assert stopped(StoppingConfig(), RISE) == len(RISE)


def test_the_reason_names_what_happened() -> None:
    told = [Validation(n, 1.0, 2.7, 1.0) for n in range(7)]
    assert reason(StoppingConfig(patience=3, min_delta=0.001), told) == (
        "patience: 6 validations without an improvement of more than 0.001 nats"
    )
    assert reason(StoppingConfig(trend=5), told) == (
        "converged: loss, perplexity, gradient norm do not fall over 5 validations"
    )


@pytest.mark.parametrize(
    ("config", "validations", "refused"),
    [
        pytest.param(StoppingConfig(patience=3), 5, False, id="just_enough"),
        pytest.param(StoppingConfig(patience=3), 4, True, id="one_too_few"),
        pytest.param(StoppingConfig(trend=6), 7, False, id="trend"),
        pytest.param(StoppingConfig(trend=6), 6, True, id="trend_too_long"),
        pytest.param(StoppingConfig(), 1, False, id="none"),
    ],
)
def test_a_cadence_that_can_never_stop_is_refused(
    config: StoppingConfig, validations: int, refused: bool
) -> None:
    training = TrainingConfig(stopping=config, validations=validations)
    measured = Order(661, training).measured
    if not refused:
        require("kd", training, 661, measured)
        return
    with pytest.raises(SettingsError, match=r"never stop the run: 661 steps have \d val") as told:
        require("kd", training, 661, measured)
    assert "\n" not in str(told.value)


def cadence(steps: int, every: int, patience: int = 3) -> None:
    config = TrainingConfig(validate_every=every, stopping=StoppingConfig(patience=patience))
    require("lora", config, steps, Order(steps, config).measured)


def test_the_published_cadence_is_refused_with_its_arithmetic() -> None:
    """7,426 examples, 95 % of them learnt, 3 epochs in batches of 32: evaluated every 500 steps."""
    steps = round(7426 * 0.95) * 3 // 32
    assert steps == 661
    with pytest.raises(SettingsError) as told:
        cadence(steps, every=500)
    assert str(told.value) == (
        "lora: training.stopping.patience is 3 and can never stop the run: 661 steps // 500 "
        "(validate_every) = 1 validation and one at the end, and 5 are needed; set "
        "training.validate_every to 132 (661 // 5) or less or lower patience"
    )
    cadence(steps, every=132)


@pytest.mark.parametrize(
    ("steps", "every", "told"),
    [
        pytest.param(4, 1, "raise training.epochs, as 4 steps have at most 4", id="too_few_steps"),
        pytest.param(500, 500, "500 steps // 500 (validate_every) = 1 validation, and", id="once"),
        pytest.param(8, 2, "set training.validate_every to 1 (8 // 5) or less", id="every_second"),
    ],
)
def test_a_refusal_says_what_to_set(steps: int, every: int, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        cadence(steps, every)
    assert told in str(refused.value)


def test_the_slope_and_its_interval_are_those_of_the_textbook() -> None:
    """Worked by hand: x 0..4, y 1 3 2 5 4; slope 0.8, s² = 3.6 / 3, error √(s² / 10)."""
    found, half = slope([1, 3, 2, 5, 4])
    assert found == pytest.approx(0.8)
    assert half == pytest.approx(3.182 * (3.6 / 3 / 10) ** 0.5)


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    drawn, inside = random.Random(1), 0
    for _ in range(2000):
        found, half = slope([0.3 * n + drawn.gauss(0, 1) for n in range(8)])
        inside += abs(found - 0.3) <= half
    assert 0.93 < inside / 2000 < 0.97


def test_equal_values_do_not_fall() -> None:
    assert not falls([0.1 + 0.2] * 7)
    assert falls([5 - 1e-3 * n for n in range(7)])
