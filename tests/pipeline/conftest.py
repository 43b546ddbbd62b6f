"""The command line and Dagster's own, as processes with a lake and a home in temporary folders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MICRO = str(ROOT / "tests" / "profiles" / "micro.yaml")
DAY = "2026-01-05"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dagster instance as the project configures it, in a temporary folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", folder)
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


@pytest.fixture
def command(home: Path) -> Command:
    """Run a module of Python from the project's root."""

    def run(
        *arguments: str, environment: dict[str, str] | None = None, limit: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        def confine() -> None:
            import resource

            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200", **(environment or {})},
            preexec_fn=confine,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    return run


@pytest.fixture
def apprentice(command: Command, tmp_path: Path) -> Command:
    """`apprentice run` on the micro profile for the day of the tests; arguments are added."""

    def run(*arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
        given = ["run", "--profile", MICRO, "--day", DAY, "--set", f"lake.root={tmp_path / 'lake'}"]
        return command("pipeline.cli", *given, *arguments, **how)

    return run
