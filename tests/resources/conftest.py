"""A lake in a temporary folder, and an endpoint whose every answer a test decides."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from resources.lake import Lake
from resources.settings import Settings
from resources.teacher import Teacher


class Endpoint:
    """A real server on 127.0.0.1: counts requests, keeps their headers, answers by `answer`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = good
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append(json.loads(body))
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def good(handler: BaseHTTPRequestHandler) -> None:
    message = {"role": "assistant", "content": "yes"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    choice = {"message": message, "finish_reason": "stop"}
    send(handler, 200, json.dumps({"model": "m", "choices": [choice], "usage": usage}).encode())


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The counting server."""
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


MakeTeacher = Callable[..., Teacher]


@pytest.fixture
def make_teacher(tmp_path: Path) -> MakeTeacher:
    """A teacher of the tiny profile over a temporary lake; keywords are its settings."""

    def make(lake: str = "lake", **teacher: object) -> Teacher:
        overrides = {f"teacher.{name}": json.dumps(value) for name, value in teacher.items()}
        overrides["lake.root"] = str(tmp_path / lake)
        settings = Settings(profile="tiny", overrides=overrides)
        return Teacher(settings=settings, lake=Lake(settings=settings))

    return make


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    overrides = {"lake.root": str(tmp_path / "lake")}
    return Lake(settings=Settings(profile="tiny", overrides=overrides))
