"""Which examples share a batch: a packing, made once and stored with the examples.

A batch is one row in which examples lie one behind the other, without padding, up to a budget of
tokens. Which go together is bin packing, best-fit decreasing (D. S. Johnson, Near-optimal bin
packing algorithms, MIT, 1973): the longest first, each into the fullest batch that still has room.
The plan is a function of the lengths, so batch number n is the same on every machine and after
every restart; only the order of the batches is drawn, from (seed, epoch), by the training loop.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Lengths = Sequence[int] | NDArray[np.int32] | NDArray[np.int64]


def packed(lengths: Lengths, budget: int) -> NDArray[np.int64]:
    """The batch of each example, counted from 0; a batch holds at most `budget` tokens.

    An example longer than the budget has a batch of its own. Of equally full batches the one that
    became so last takes the example. Sorting apart, time and memory are linear in the examples.

    >>> packed([5, 3, 4, 9, 6], 10).tolist()
    [2, 2, 1, 0, 1]
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    numbers = np.empty(len(sizes), dtype=np.int64)
    with_room: list[list[int]] = [[] for _ in range(budget + 1)]
    rooms = count = 0  # bit r of rooms is set where a batch has room for r tokens more
    for index in np.argsort(-sizes, kind="stable"):
        length = int(sizes[index])
        fitting = rooms >> length
        if not fitting:
            number, room = count, max(budget, length)
            count += 1
        else:
            room = length + (fitting & -fitting).bit_length() - 1
            number = with_room[room].pop()
            if not with_room[room]:
                rooms ^= 1 << room
        numbers[index] = number
        with_room[room - length].append(number)
        rooms |= 1 << (room - length)
    return numbers


def batches(lengths: Lengths, budget: int) -> list[list[int]]:
    """Indices of the examples, batch by batch.

    >>> batches([5, 3, 4, 9, 6], 10)
    [[3], [2, 4], [0, 1]]
    """
    numbers = packed(lengths, budget)
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order])) + 1
    return [part.tolist() for part in np.split(order, edges) if len(part)]


def useful_share(lengths: Lengths, budget: int) -> float:
    """Share of the batches' room that the packed examples fill; the rest is not computed either."""
    sizes, numbers = np.asarray(lengths, dtype=np.int64), packed(lengths, budget)
    full = np.bincount(numbers, weights=sizes)
    return float(sizes.sum() / np.maximum(full, budget).sum()) if len(sizes) else 1.0
