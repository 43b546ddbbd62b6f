"""Where a run stands, in plain numbers: all that goes on with it beside weights and moments."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Validation:
    """One measurement on the repair split: nats, and the mean gradient norm since the last one."""

    step: int
    loss: float
    perplexity: float
    grad_norm: float | None


@dataclass(slots=True)
class State:
    """Steps done, one row a step, one validation a measurement; `stopped` says why it is over."""

    step: int = 0
    tokens: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    objective: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: str | None = None

    @property
    def best(self) -> Validation:
        """The lowest loss, the first of equals; the start is a candidate, as step 0."""
        return min(self.validations, key=lambda one: one.loss)

    def plain(self) -> dict[str, Any]:
        """For a JSON file; floating-point numbers come back as they were."""
        return asdict(self)

    @classmethod
    def of(cls, held: dict[str, Any]) -> "State":
        """The state that `plain` told."""
        validations = [Validation(**one) for one in held["validations"]]
        return cls(**{**held, "validations": validations})
