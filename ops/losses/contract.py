"""What passes between batches, the head pass, objectives and the training loop.

Shape suffixes:  N supervised tokens · K outcomes that are looked at · C rows of one chunk.
Every log-probability is in nats. Not here: how it is computed (head.py), which losses there are
(the other files), where the tokens are (ops/training/batch.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import torch
from torch import Tensor

Sums = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Targets:
    """What is known of N supervised tokens; everything is aligned to the predicting rows.

    ids_NK: column 0 is the token of the text; the others are the teacher's likeliest, each once;
        -1 is no outcome.
    teacher_logp_NK: the teacher's log-probability of each outcome; -inf where it told none.
    kinds_N: index into ops.spans.contract.KINDS.
    weights_N: what a token counts for beside the others, mean about 1 (examples, spans).
    spans_N: number of the span of the token within its batch, for what is measured span by span.
    broken_N: the token is of an output that is wrong: never a cross-entropy target.
    truth_N: the token is of an imported text, whose label is given and not the teacher's; None =
        no token is.
    masked_N: the head is given the tokens that a grammar allows here; None = nowhere.
    """

    ids_NK: Tensor
    teacher_logp_NK: Tensor
    kinds_N: Tensor
    weights_N: Tensor
    spans_N: Tensor
    broken_N: Tensor
    truth_N: Tensor | None = None
    masked_N: Tensor | None = None

    @property
    def taught_N(self) -> Tensor:
        """Where the teacher's distribution is known."""
        return self.teacher_logp_NK.isfinite().any(-1)

    def chunk(self, rows: slice) -> "Targets":
        """The targets of some rows."""
        parts = {one.name: getattr(self, one.name) for one in fields(self)}
        there = {name: part[rows] for name, part in parts.items() if part is not None}
        return Targets(**there)

    def __len__(self) -> int:
        return len(self.kinds_N)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an objective sees of the student in C rows: K listed tokens, and any other token.

    logq_CK: log-probability of each listed token; -inf where its id is -1 (without gradient).
    tail_C: log-probability of all tokens that are not listed, summed and not subtracted.
    allowed_C: log-probability of the tokens that the grammar allows; None without masks. Rows
        without a grammar (all bits set) have 0.
    """

    logq_CK: Tensor
    tail_C: Tensor
    allowed_C: Tensor | None = None


class Objective(Protocol):
    """A loss as named components: sums over rows, the counts that divide them, and weights.

    The loop descends Σ_c w_c · Σ_windows sums_c / Σ_windows counts_c. Counts are known before any
    forward pass, so a window of micro-batches, or several ranks, divide once by the same number.
    """

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        """Weight of the rows that each component has in these targets; 0 = absent here."""
        ...

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        """Share of each present component, summing to one; `progress` from 0 to 1 of the run.

        A component with a share of 0 is measured and not descended.
        """
        ...

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """Each component's sum over the rows, in nats times weight; differentiable in `seen`."""
        ...

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        """The targets with weights that depend on the student itself; called if `looks_first`."""
        ...

    @property
    def looks_first(self) -> bool:
        """Are weights drawn from the student's own distribution? Costs one more head product."""
        ...

    def state(self) -> dict[str, Any]:
        """What must be saved with a checkpoint to go on exactly; plain numbers."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        ...

    def stepped(self, means: Mapping[str, float]) -> None:
        """Told after every optimizer step: the mean of each component over the window."""
        ...


def is_taught(targets: Targets) -> Tensor:
    """[N] rows that a divergence can be computed on: taught, and not of a broken output."""
    return torch.logical_and(targets.taught_N, ~targets.broken_N)
