"""What one training run is given, and what it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.losses.contract import Objective
from ops.training.batch import Batch, Examples, collate
from ops.training.config import TrainingConfig
from ops.training.order import Order


@dataclass(frozen=True, slots=True)
class Run:
    """Data, objective, pace, and the folder in which it may go on.

    `fingerprint` names what the result depends on: data, settings, base. A checkpoint in `out` is
    gone on from only if it has the same. `collate` makes a batch of examples. `first` is the order
    of the first epoch, as Order has it.
    """

    stage: str
    train: Sequence[Examples]
    validation: Sequence[Examples]
    objective: Objective
    config: TrainingConfig
    out: Path
    fingerprint: str
    collate: Callable[[Examples], Batch] = collate
    first: Sequence[int] = ()

    @property
    def order(self) -> Order:
        """The run, planned."""
        return Order(len(self.train), self.config, self.first)


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run ended; losses are those of its objective, in nats."""

    steps: int
    tokens: int
    first_loss: float
    last_loss: float
    start_validation: float
    best_step: int
    best_validation: float
    best_perplexity: float
    restored_validation: float
    stopped: str
