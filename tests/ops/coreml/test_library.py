"""coremltools is quiet about what is known, and about nothing else."""

import logging

import pytest

from ops.coreml import library


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        pytest.param(
            "Failed to load _MLModelProxy: No module named 'coremltools.libcoremlpython'",
            False,
            id="no_macos_runtime",
        ),
        pytest.param(
            "Torch version 2.13.0+cpu has not been tested with coremltools. You may run into",
            False,
            id="newer_torch",
        ),
        pytest.param("Failed to load _MLModelProxy: disk error", True, id="another_failure"),
        pytest.param("The fp64 is not supported by cast op", True, id="a_real_warning"),
    ],
)
def test_only_known_messages_are_dropped(message: str, shown: bool) -> None:
    record = logging.LogRecord("coremltools", logging.WARNING, "", 0, message, (), None)
    assert library.Failures().filter(record) is shown


def test_keeps_where_a_conversion_stopped() -> None:
    failures = library.Failures()
    message = "\n\nERROR - converting 'i0' op (located at: 'down_proj/662'):\n"
    record = logging.LogRecord("coremltools", logging.ERROR, "", 0, message, (), None)
    assert not failures.filter(record)
    assert failures.last == ("i0", "down_proj/662")


def test_progress_bars_come_back() -> None:
    path, name = library.PROGRESS[0].rsplit(".", 1)
    bar = getattr(library.load(path), name)
    with library.quiet():
        assert getattr(library.load(path), name) is not bar
    assert getattr(library.load(path), name) is bar
