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

    def __str__(self) -> str:
        """As one line.

        >>> str(Progress("kd", 3, 9, {"loss": "0.5"}))
        'kd 3/9  loss 0.5'
        """
        figures = "  ".join(f"{name} {value}" for name, value in self.figures.items())
        return f"{self.stage} {self.done}/{self.total}  {figures}".rstrip()


Sink = Callable[[Progress], None]
SHORT = 40
NOTE = "note"
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


def note(stage: str, done: int, total: int, text: str) -> None:
    """Tell the sink a line that must not be lost, whenever it comes."""
    if _sinks:
        _sinks[-1](Progress(stage, done, total, {NOTE: text}))


def quarters(say: Callable[[str], None]) -> Sink:
    """A sink for a log: every note, and a line at each quarter of work of 40 units or more."""
    told: dict[str, int] = {}

    def receive(at: Progress) -> None:
        quarter = 4 * at.done // at.total if at.total >= SHORT else None
        if NOTE in at.figures:
            say(str(at))
        elif quarter is not None and told.get(at.stage) != quarter:
            told[at.stage] = quarter
            say(str(at))

    return receive


@contextmanager
def unless_heard(receive: Sink) -> Iterator[None]:
    """Send reports to `receive` inside the block, unless somebody listens already."""
    if _sinks:
        yield
    else:
        with sink(receive):
            yield


@contextmanager
def sink(receive: Sink) -> Iterator[None]:
    """Send reports to `receive` inside the block."""
    _sinks.append(receive)
    try:
        yield
    finally:
        _sinks.remove(receive)


def clock(seconds: float) -> str:
    """A time as a person reads it.

    >>> clock(59), clock(3 * 60 + 5), clock(2 * 3600 + 60)
    ('59 s', '3 min 05 s', '2 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
