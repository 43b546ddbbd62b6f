"""From easy to hard: the order of the batches in the first epoch of a run, where it is asked for.

Source: Liu et al., arXiv:2505.13820, the curriculum by complexity. Not here: what makes an example
hard (ops/losses/complexity.py), and the order of later epochs, which is drawn (order.py).
"""

from collections.abc import Sequence

from ops.losses.complexity import complexity
from ops.training.batch import Examples
from ops.training.config import TrainingConfig


def first_epoch(batches: Sequence[Examples], config: TrainingConfig) -> tuple[int, ...]:
    """Numbers of the batches as the first epoch visits them; empty = as they are drawn.

    A batch is as hard as its examples are in the mean; of equally hard ones the lower number is
    first. Reads every batch once.
    """
    if config.order == "drawn":
        return ()
    hard = [_mean(batch) for batch in batches]
    return tuple(sorted(range(len(hard)), key=lambda number: hard[number]))


def _mean(batch: Examples) -> float:
    return sum(map(complexity, batch)) / len(batch)
