"""An objective around another: all of it is the other's, but for what a subclass says.

Not here: what is added to it (joint.py, ops/training/validate.py).
"""

from collections.abc import Mapping
from typing import Any

from ops.losses.contract import Objective, Outcomes, Sums, Targets


class Wrapper:
    """Answers every question of an Objective with what the wrapped one answers."""

    def __init__(self, objective: Objective) -> None:
        self._of = objective

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """The wrapped one's."""
        return self._of.counts(targets, progress)

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """The wrapped one's."""
        return self._of.weights(present, progress)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """The wrapped one's."""
        return self._of.sums(seen, targets, progress)

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        """The wrapped one's."""
        return self._of.prepared(seen, targets, progress)

    @property
    def looks_first(self) -> bool:
        """The wrapped one's."""
        return self._of.looks_first

    def state(self) -> dict[str, Any]:
        """The wrapped one's."""
        return self._of.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the wrapped one."""
        self._of.restore(state)

    def stepped(self, means: Mapping[str, float]) -> None:
        """Tell the wrapped one."""
        self._of.stepped(means)
