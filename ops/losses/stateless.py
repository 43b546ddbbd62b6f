"""What an objective answers that keeps nothing between steps and needs no look at the student."""

from collections.abc import Mapping
from typing import Any

from ops.losses.contract import Outcomes, Targets


class Stateless:
    """The part of contract.Objective that most objectives have in common."""

    @property
    def looks_first(self) -> bool:
        """No weight is drawn from the student's own distribution."""
        return False

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        """The targets as they are."""
        return targets

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """There is nothing to go on from."""

    def stepped(self, means: Mapping[str, float]) -> None:
        """Nothing depends on it."""
