"""How long work says how far it is: one function to call, one sink that whoever runs it sets.

Not here: drawing (pipeline/) or shipping lines between processes (ops/entry.py and the launcher).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage has done `done` of `total` units; `figures` are short texts beside the bar."""

    stage: str
    done: int
    total: int
    figures: dict[str, str] = field(default_factory=dict)


Sink = Callable[[Progress], None]
_sinks: list[Sink] = []
_last: dict[str, float] = {}
EVERY_S = 0.5


def report(stage: str, done: int, total: int, **figures: object) -> None:
    """Tell the sink, at most twice a second and always at the end."""
    now = time.monotonic()
    if not _sinks or (done < total and now - _last.get(stage, 0.0) < EVERY_S):
        return
    _last[stage] = now
    _sinks[-1](Progress(stage, done, total, {key: str(value) for key, value in figures.items()}))


@contextmanager
def sink(receive: Sink) -> Iterator[None]:
    """Send reports to `receive` inside the block."""
    _sinks.append(receive)
    try:
        yield
    finally:
        _sinks.remove(receive)
