"""Which batches a step sees, and when the run measures itself: functions of (seed, epoch) alone.

The first epoch may have an order of its own (curriculum.py), a function of the data. A step is a
window of micro-batches, whose gradients are summed. Nothing of the order has to be saved: step n of
a run is the same wherever it was stopped, and however many ranks share a window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from ops.training.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """One forward pass of a run: its place in the run, from 0, and the batch that it holds.

    A rank that would have none in a window takes one that is not counted.
    """

    at: int
    number: int
    counted: bool = True


def drawn(count: int, seed: int, epoch: int) -> list[int]:
    """The batches of an epoch, each once."""
    seeded = torch.Generator().manual_seed(seed * 9973 + epoch)
    order: list[int] = torch.randperm(count, generator=seeded).tolist()
    return order


@dataclass(frozen=True, slots=True)
class Order:
    """The whole run, planned before its first step.

    `first` are the batches of the first epoch in their order; empty = drawn as the others are.
    """

    count: int
    config: TrainingConfig
    first: Sequence[int] = ()

    @property
    def micro_batches(self) -> int:
        """Forward passes of the run."""
        return max(1, round(self.config.epochs * self.count))

    @property
    def steps(self) -> int:
        """Optimizer steps: windows, the last of which may be smaller."""
        return -(-self.micro_batches // self.config.accumulate)

    @property
    def measured(self) -> list[int]:
        """Steps after which the repair split is measured; fewer than asked if steps are few."""
        asked, every = self.config.validations, self.config.validate_every
        if every is not None:
            return sorted({*range(every, self.steps, every), self.steps})
        return sorted({max(1, round((n + 1) * self.steps / asked)) for n in range(asked)})

    def visits(self, start: int) -> Iterator[MicroBatch]:
        """The micro-batches from `start` to the end; an epoch visits each batch once."""
        for micro in range(start, self.micro_batches):
            epoch, index = divmod(micro, self.count)
            if index == 0 or micro == start:
                order = self.first if epoch == 0 else ()
                order = order or drawn(self.count, self.config.seed, epoch)
            yield MicroBatch(micro, order[index])

    def windows(self, start: int) -> Iterator[tuple[int, list[MicroBatch]]]:
        """(step, its micro-batches) from step `start`, counted from 0."""
        size = self.config.accumulate
        window = list[MicroBatch]()
        for one in self.visits(start * size):
            window.append(one)
            if len(window) == size or one.at + 1 == self.micro_batches:
                yield one.at // size, window
                window = []
