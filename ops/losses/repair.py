"""Learn the repaired text and unlearn the broken one.

    (1 - u) · mean -log q(repaired) + u · mean -log(1 - q(broken))

Source: Welleck et al., Neural Text Generation with Unlikelihood Training, arXiv:1908.04319,
section 5. Not here: what a repair is (ops/toolcalls/repair.py).
"""

from collections.abc import Mapping

from torch import Tensor

from ops.losses import outcomes
from ops.losses.config import RepairConfig
from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.rows import is_right, tally, total
from ops.losses.shares import shares
from ops.losses.stateless import Stateless


def unlikelihood(seen: Outcomes) -> Tensor:
    """-log(1 - q) of the token of the text, [C]: it never makes that token likelier."""
    return -outcomes.other_than_label(seen)


class Repair(Stateless):
    """The objective on corrections: rows of broken outputs are unlearnt, all others learnt."""

    def __init__(self, config: RepairConfig) -> None:
        self.config = config

    def _rows(self, targets: Targets) -> dict[str, Tensor]:
        masks = {"cross_entropy": is_right(targets), "unlikelihood": targets.broken_N}
        return {name: mask_N * targets.weights_N for name, mask_N in masks.items()}

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """Weight of the rows of each component."""
        return tally(self._rows(targets))

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Shares of what is there."""
        share = self.config.unlikelihood_weight
        return shares({"cross_entropy": 1.0 - share, "unlikelihood": share}, present)

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """Sums over the rows of a chunk."""
        rows = self._rows(targets)
        return {
            "cross_entropy": total(outcomes.cross_entropy(seen), rows["cross_entropy"]),
            "unlikelihood": total(unlikelihood(seen), rows["unlikelihood"]),
        }
