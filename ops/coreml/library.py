"""coremltools, imported and run without the noise that says nothing about a conversion here.

Left out: that its macOS runtime is absent (true on every Linux machine; interpreter/ is why it does
not matter), that torch is newer than what Apple tested (verify.py tests it), and progress bars.
Every other message and warning passes.

coremltools 9.0 needs no mending for this program: its `int` conversion breaks on NumPy 2.4 for
constants of one axis (coremltools issue 2633), and `ExportLM` makes none.
"""

import importlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

LOGGER = "coremltools"
EXPECTED = re.compile(
    r"Failed to load _ML\w+: No module named 'coremltools\.libcoremlpython'"
    r"|Torch version \S+ has not been tested with coremltools"
    r"|scikit-learn version \S+ is not supported"
    r"|Torch var (keyCache|valueCache|written) is added again"
)
FAILED = re.compile(r"converting '(?P<op>[^']*)' op \(located at: '(?P<place>[^']*)'\)")
PROGRESS = (
    "coremltools.converters.mil.frontend.torch.ops._tqdm",
    "coremltools.converters.mil.mil.passes.pass_pipeline.tqdm",
    "coremltools.optimize.coreml._quantization_passes.tqdm",
)


class Failures(logging.Filter):
    """Drops what is expected, and keeps where a conversion stopped, which is only logged."""

    def __init__(self) -> None:
        super().__init__()
        self.last: tuple[str, str] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        found = FAILED.search(message)
        if found:
            self.last = (found["op"], found["place"])
        return found is None and EXPECTED.match(message) is None


FAILURES = Failures()


@cache
def load(name: str = LOGGER) -> Any:
    """The module `name` of coremltools."""
    logger = logging.getLogger(LOGGER)
    if FAILURES not in logger.filters:
        logger.addFilter(FAILURES)
    return importlib.import_module(name)


@contextmanager
def quiet() -> Iterator[Failures]:
    """Without progress bars; yields where a conversion stopped, should it stop."""
    FAILURES.last = None
    kept = []
    for path in PROGRESS:
        module, name = path.rsplit(".", 1)
        kept.append((load(module), name, getattr(load(module), name)))
        setattr(load(module), name, lambda items, **_: items)
    try:
        yield FAILURES
    finally:
        for owner, name, bar in kept:
            setattr(owner, name, bar)
