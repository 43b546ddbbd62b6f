"""`dagster dev` as the README prints it: it comes up on this machine and shows every asset."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import ROOT

START_S = 120
ASSETS = "{ assetNodes { assetKey { path } groupName description } }"
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    """Where the UI listens; the whole family of processes ends with the test."""
    port = free_port()
    program = Path(sys.executable).with_name("dagster")
    with (home / "dev.log").open("wb") as log:
        child = subprocess.Popen(
            [str(program), "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def answer(address: str) -> httpx.Response:
    deadline = time.monotonic() + START_S
    while True:
        try:
            return httpx.post(
                f"{address}/graphql", json={"query": ASSETS}, trust_env=False, timeout=60
            )
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"nothing listens after {START_S} s"
            time.sleep(0.5)


def test_the_ui_shows_every_asset_with_its_group_and_meaning(address: str) -> None:
    nodes = answer(address).json()["data"]["assetNodes"]
    groups = {node["groupName"] for node in nodes}
    assert len(nodes) == 16
    assert groups == {"gather", "supervise", "train", "judge", "repair", "ship"}
    assert [node["assetKey"]["path"] for node in nodes if not node["description"]] == []
