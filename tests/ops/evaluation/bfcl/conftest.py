"""The part of the benchmark that lies beside the project, where it does."""

from pathlib import Path

import pytest

from ops.evaluation.bfcl import cases

SHARED = Path(__file__).parents[5] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data."""
    if not SHARED.is_dir():
        pytest.skip(f"the benchmark's files are not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def benchmark_cases(shared: Path) -> list[cases.Case]:
    """Every case of one turn that is there."""
    folder = shared / "bfcl"
    return [case for name in cases.present(folder)[0] for case in cases.read(folder, name)]
