"""How many processes train together, which this is, and sums over them; alone, all is trivial.

The micro-batches of a window are dealt out in turn, so the window is the same whatever their
number. Not here: how weights are split (sharding.py), how ranks are started (the launcher).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import distributed

from ops.training.order import MicroBatch


def count() -> int:
    """Processes that train this model together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def number() -> int:
    """This process, from 0; the first writes what all share."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def share(window: Sequence[MicroBatch]) -> list[MicroBatch]:
    """This rank's part of a window: equally many on each, as all must take part in each pass."""
    mine = list(window[number() :: count()])
    most = -(-len(window) // count())
    return mine + [replace(window[0], counted=False)] * (most - len(mine))


def summed(values: Mapping[str, float]) -> dict[str, float]:
    """Each value summed over the ranks, in their order."""
    whole: dict[str, float] = {}
    for held in gathered(dict(values)):
        for name, value in held.items():
            whole[name] = whole.get(name, 0.0) + value
    return whole


def gathered(value: Any) -> list[Any]:
    """The value of each rank, on every rank."""
    if count() == 1:
        return [value]
    found = [None] * count()
    distributed.all_gather_object(found, value)
    return found


def told(value: Any) -> Any:
    """What the first rank has, on every rank."""
    return gathered(value)[0]
