"""Which batches a step sees, and when the run measures itself: functions of (seed, epoch) alone.

A step is a window of micro-batches, whose gradients are summed. Nothing of the order has to be
saved: step n of a run is the same wherever it was stopped, and however many ranks share a window.
"""

from collections.abc import Iterator
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


def visits(count: int, seed: int, last: int, start: int) -> Iterator[MicroBatch]:
    """The micro-batches from `start` up to `last`; an epoch visits each batch once."""
    for micro in range(start, last):
        epoch, index = divmod(micro, count)
        if index == 0 or micro == start:
            order = torch.randperm(
                count, generator=torch.Generator().manual_seed(seed * 9973 + epoch)
            )
        yield MicroBatch(micro, int(order[index]))


@dataclass(frozen=True, slots=True)
class Order:
    """The whole run, planned before its first step."""

    count: int
    config: TrainingConfig

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
        asked = self.config.validations
        return sorted({max(1, round((n + 1) * self.steps / asked)) for n in range(asked)})

    def windows(self, start: int) -> Iterator[tuple[int, list[MicroBatch]]]:
        """(step, its micro-batches) from step `start`, counted from 0."""
        size = self.config.accumulate
        window = list[MicroBatch]()
        seed, last = self.config.seed, self.micro_batches
        for one in visits(self.count, seed, last, start * size):
            window.append(one)
            if len(window) == size or one.at + 1 == last:
                yield one.at // size, window
                window = []
