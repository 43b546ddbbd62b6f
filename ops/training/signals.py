"""A request to end (SIGTERM, Ctrl-C) is heard between two micro-batches, so that state is saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HEARD = (signal.SIGTERM, signal.SIGINT)


class Asked:
    """Whether the process was asked to end, and by what."""

    def __init__(self) -> None:
        """Not yet."""
        self.by: int | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Receive a signal; a second one ends the process as it would have."""
        self.by = number
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def heard() -> Iterator[Asked]:
    """Inside the block a signal is noted instead of obeyed."""
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.signal(number, asked) for number in HEARD}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
