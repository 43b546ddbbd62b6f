"""A temperature that rises when the loss rises and falls when it falls.

The loss that is watched is the cross-entropy of the text, which has no temperature: a divergence
changes with the very number that it would steer.
"""

from collections.abc import Mapping
from typing import Any

from ops.losses.config import FeedbackConfig


class Feedback:
    """The temperature, and what has been seen since it last changed."""

    def __init__(self, config: FeedbackConfig, start: float) -> None:
        self.config = config
        self.temperature = min(max(start, config.least), config.most)
        self._sum, self._steps, self._before = 0.0, 0, float("nan")

    def stepped(self, nats: float) -> None:
        """One optimizer step, and its mean cross-entropy."""
        self._sum, self._steps = self._sum + nats, self._steps + 1
        if self._steps < self.config.every:
            return
        mean = self._sum / self._steps
        changed = mean - self._before  # not a number, and so neither, the first time
        if changed > self.config.dead_band:
            self.temperature = min(self.temperature * self.config.factor, self.config.most)
        elif changed < -self.config.dead_band:
            self.temperature = max(self.temperature / self.config.factor, self.config.least)
        self._sum, self._steps, self._before = 0.0, 0, mean

    def state(self) -> dict[str, Any]:
        """Plain numbers; `before` is None until the first interval is over."""
        before = None if self._before != self._before else self._before
        return {
            "temperature": self.temperature,
            "sum": self._sum,
            "steps": self._steps,
            "before": before,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self.temperature = float(state["temperature"])
        self._sum, self._steps = float(state["sum"]), int(state["steps"])
        self._before = float("nan") if state["before"] is None else float(state["before"])
