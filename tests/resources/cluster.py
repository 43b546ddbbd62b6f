"""As much of a Kubernetes API server as a pod needs: its container is a process of this machine."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


class Cluster:
    """What was asked for, and the processes that run it; `python` is this interpreter."""

    def __init__(self) -> None:
        self.pods: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._said: dict[str, str] = {}

    def create(self, pod: dict[str, Any]) -> dict[str, Any]:
        (container,) = pod["spec"]["containers"]
        name = pod["metadata"]["name"]
        command = [sys.executable if word == "python" else word for word in container["command"]]
        told = {one["name"]: one["value"] for one in container["env"]}
        self.pods[name] = pod
        self._running[name] = subprocess.Popen(
            command,
            env=os.environ | told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return pod

    def log(self, name: str) -> str:
        """All that it says until it ends, each line under a time of its own."""
        if name not in self._said:
            self._said[name] = self._running[name].communicate()[0]
        said = self._said[name]
        times = (BEGAN + timedelta(milliseconds=number) for number in range(10**6))
        return "".join(
            f"{at:%Y-%m-%dT%H:%M:%S.%fZ} {line}\n"
            for at, line in zip(times, said.splitlines(), strict=False)
        )

    def listed(self) -> dict[str, Any]:
        return {"kind": "PodList", "items": [self._with_status(name) for name in self.pods]}

    def _with_status(self, name: str) -> dict[str, Any]:
        code = self._running[name].poll()
        state: dict[str, Any] = {"running": {}}
        if code is not None:
            state = {"terminated": {"exitCode": code if code >= 0 else 128 - code}}
        (container,) = self.pods[name]["spec"]["containers"]
        status = {
            "name": container["name"], "image": container["image"], "imageID": "", "ready": True,
            "restartCount": 0, "state": state,
        }  # fmt: skip
        return self.pods[name] | {"status": {"phase": "Running", "containerStatuses": [status]}}

    def delete(self, name: str) -> dict[str, Any]:
        self._running[name].kill()
        self.deleted.append(name)
        return self.pods[name]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Cluster, Path]]:
    """A cluster, and the file that tells a client where it is."""
    cluster = Cluster()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(json.dumps(cluster.create(json.loads(body))), 201)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].split("/")
            if path[-1] == "log":
                self._answer(cluster.log(path[-2]))
            elif path[-1] == "pods":
                self._answer(json.dumps(cluster.listed()))
            else:
                self._answer("{}", 404)

        def do_DELETE(self) -> None:
            self._answer(json.dumps(cluster.delete(self.path.partition("?")[0].split("/")[-1])))

        def _answer(self, text: str, status: int = 200) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told = folder / "kubeconfig.json"
    there = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    told.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [there],
                "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        ),
        encoding="utf-8",
    )
    try:
        yield cluster, told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
