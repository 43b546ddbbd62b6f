"""The command line and Dagster's own, as processes with a lake and a home in temporary folders."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.conftest import DAY, MICRO, ROOT

START_S = 120
Command = Callable[..., subprocess.CompletedProcess[str]]


class Driver:
    """The process that forks for each command line."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.driver"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._told() == 0

    def run(self, wanted: dict[str, Any]) -> int:
        """The exit code, negative if a signal ended it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return os.waitstatus_to_exitcode(self._told())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _told(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """One for all the commands of this worker."""
    made = Driver()
    yield made
    made.close()


@pytest.fixture
def command(home: Path, driver: Driver, tmp_path: Path) -> Command:
    """Run `apprentice` from the project's root, as a process; `limit` is the most bytes a file."""

    def run(
        *arguments: str, environment: dict[str, str] | None = None, limit: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        told = tmp_path / "told"
        told.mkdir(exist_ok=True)
        code = driver.run(
            {
                "arguments": arguments,
                "environment": {**os.environ, "COLUMNS": "200", **(environment or {})},
                "folder": str(told),
                "limit": limit,
            }
        )
        said = ((told / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(arguments, code, *said)

    return run


@pytest.fixture
def apprentice(command: Command, tmp_path: Path) -> Command:
    """`apprentice run` on the micro profile for the day of the tests; arguments are added."""

    def run(*arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
        given = ["run", "--profile", MICRO, "--day", DAY, "--set", f"lake.root={tmp_path / 'lake'}"]
        return command(*given, *arguments, **how)

    return run


@pytest.fixture
def answered(gathered: Path, tmp_path: Path) -> None:
    """The day of the tests is answered in the lake of the commands."""
    shutil.copytree(gathered, tmp_path / "lake", symlinks=True)


class Dev:
    """`dagster dev` on a port of this machine, asked as the UI asks it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, question: str, **variables: Any) -> Any:
        """The data that GraphQL answers with."""
        body = {"query": question, "variables": variables}
        reply = httpx.post(f"{self.address}/graphql", json=body, trust_env=False, timeout=60).json()
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                self.ask("{ version }")
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline, f"nothing listens after {START_S} s"
                time.sleep(0.5)


@contextmanager
def running_dev(home: Path) -> Iterator[Dev]:
    """Start `dagster dev` with the environment as it is; all of its family ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    program = Path(sys.executable).with_name("dagster")
    with (home / "dev.log").open("wb") as log:
        child = psutil.Popen(
            [str(program), "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            dev = Dev(port)
            dev.wait()
            yield dev
        finally:
            family = [*child.children(recursive=True), child]
            child.send_signal(signal.SIGINT)
            _, left = psutil.wait_procs(family, 30)
            for process in left:
                process.kill()
            psutil.wait_procs(left, 30)
