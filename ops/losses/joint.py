"""An objective beside the divergence from a teacher that is here, each with its share.

The divergence is no sum over listed tokens, so it is no part of the head's pass: a batch counts its
rows, and the engine adds its sum (ops/training/hidden.py). Here is what both weigh together. Not
here: the divergence itself (dense.py).
"""

from collections.abc import Mapping
from typing import Any

from ops.losses.contract import Objective, Outcomes, Sums, Targets
from ops.losses.dense import COMPONENT


class Joint:
    """The objective with 1 - weight of the whole, where the divergence is there and has the rest.

    A batch without the divergence leaves all to the objective, and one in which nothing of the
    objective has a weight leaves all to the divergence.
    """

    def __init__(self, objective: Objective, weight: float) -> None:
        self._of, self._weight = objective, weight

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """As the objective counts; the batch counts the rows of the divergence."""
        return self._of.counts(targets, progress)

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there, summing to one; what is only measured has 0."""
        here = {name: there for name, there in present.items() if name != COMPONENT}
        rest = self._of.weights(here, progress)
        if not present.get(COMPONENT):
            return rest
        own = self._weight if any(share > 0 for share in rest.values()) else 1.0
        return {name: (1.0 - own) * share for name, share in rest.items()} | {COMPONENT: own}

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """As the objective sums."""
        return self._of.sums(seen, targets, progress)

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        """As the objective prepares."""
        return self._of.prepared(seen, targets, progress)

    @property
    def looks_first(self) -> bool:
        """As the objective says."""
        return self._of.looks_first

    def state(self) -> dict[str, Any]:
        """Of the objective: the divergence keeps nothing."""
        return self._of.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """The objective's."""
        self._of.restore(state)

    def stepped(self, means: Mapping[str, float]) -> None:
        """Tell the objective what is its own."""
        self._of.stepped({name: mean for name, mean in means.items() if name != COMPONENT})
