"""Where the teacher listens: an embedded server that is started here, or somebody's URL.

`stub` and `replay:FILE` become a real HTTP server on 127.0.0.1, a child process that ends when its
standard input closes, so that it never outlives the run.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.digest import file_digest
from ops.errors import InputError, TeacherError
from ops.teacher.config import TeacherConfig
from resources.profile import ROOT

START_S = 60


def identity(config: TeacherConfig, phrases: Path) -> str:
    """What stands for the endpoint in request keys: equal identities give equal answers."""
    kind, _, file = config.endpoint.partition(":")
    if config.endpoint == "stub":
        return f"stub:{file_digest(phrases)[:16]}:{config.misbehave}"
    if kind == "replay":
        return f"replay:{file_digest(_recording(file))[:16]}"
    return config.endpoint.rstrip("/")


@contextmanager
def listening(config: TeacherConfig, phrases: Path) -> Iterator[str]:
    """The base URL, for as long as the block lasts.

    Raises:
        TeacherError: the embedded server did not start.
    """
    kind, _, file = config.endpoint.partition(":")
    if kind in ("http", "https"):
        yield config.endpoint
        return
    server = [sys.executable, "-m", "ops.teacher.embedded.serve"]
    if kind == "replay":
        command = [*server, "replay", str(_recording(file)), "--port", "0"]
    else:
        command = [*server, "stub", "--phrases", str(phrases), "--port", "0"]
        command += ["--misbehave", config.misbehave] if config.misbehave else []
    child = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield _address(child)
    finally:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        child.stdout.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def api_key(config: TeacherConfig) -> str:
    """The key from the environment; embedded servers need none, and some endpoints neither."""
    return os.environ.get(config.api_key_env, "").strip()


def _recording(file: str) -> Path:
    path = Path(file)
    if not path.is_file():
        raise InputError(
            f"teacher.endpoint replay:{file}: there is no such file; expected JSON lines"
        )
    return path.resolve()


def _address(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], START_S)
    line = child.stdout.readline() if ready else b""
    try:
        address: str = json.loads(line)["listening"]
    except (ValueError, KeyError) as error:
        raise TeacherError(
            f"the embedded teacher did not start within {START_S} s; run "
            f"{sys.executable} -m ops.teacher.embedded.serve stub --port 0 to see why"
        ) from error
    return address
