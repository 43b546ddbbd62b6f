"""How many processes train together, which this is, and sums over them; alone, all is trivial.

The micro-batches of a window are dealt out in turn, so the window is the same whatever their
number. Not here: how weights are split (sharding.py), how ranks are started (the launcher).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import distributed

from ops.training.order import MicroBatch


@contextmanager
def joined() -> Iterator[None]:
    """Inside the block the processes that torchrun started train together; alone, nothing is done.

    A rank that fails does not wait for the others: who started them ends them.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    yield
    distributed.destroy_process_group()


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
