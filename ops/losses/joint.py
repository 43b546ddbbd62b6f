"""An objective beside the divergence from a teacher that is here, each with its share.

The divergence is no sum over listed tokens, so it is no part of the head's pass: a batch counts its
rows, and the engine adds its sum (ops/training/hidden.py). Here is what both weigh together. Not
here: the divergence itself (dense.py).
"""

from collections.abc import Mapping

from ops.losses.contract import Objective
from ops.losses.dense import COMPONENT
from ops.losses.wrapper import Wrapper


class Joint(Wrapper):
    """The objective with 1 - weight of the whole, where the divergence is there and has the rest.

    A batch without the divergence leaves all to the objective, and one in which nothing of the
    objective has a weight leaves all to the divergence.
    """

    def __init__(self, objective: Objective, weight: float) -> None:
        super().__init__(objective)
        self._weight = weight

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there, summing to one; what is only measured has 0."""
        here = {name: there for name, there in present.items() if name != COMPONENT}
        rest = self._of.weights(here, progress)
        if not present.get(COMPONENT):
            return rest
        own = self._weight if any(share > 0 for share in rest.values()) else 1.0
        return {name: (1.0 - own) * share for name, share in rest.items()} | {COMPONENT: own}

    def stepped(self, means: Mapping[str, float]) -> None:
        """Tell the objective what is its own."""
        self._of.stepped({name: mean for name, mean in means.items() if name != COMPONENT})
