"""Where branches stand in a packed row. Not here: what they attend to (attention.py)."""

from typing import NamedTuple


class Fork(NamedTuple):
    """Branches that go on from one place: after `cut` tokens of the example that begins at token
    `start` of the row. `lengths` are their tokens, one branch behind the other.
    """

    start: int
    cut: int
    lengths: tuple[int, ...]
