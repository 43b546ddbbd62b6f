"""A Mac as far as replay.py sees one: its name, its version, and answers of our interpreter."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch

from ops.coreml import bundle, functions, interface
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import CONTRACT, OUTPUT
from ops.coreml.interpreter.machine import Machine, State
from ops.coreml.interpreter.program import functions as names_of
from ops.coreml.interpreter.program import read
from ops.coreml.verify import Verification
from ops.errors import ContractError

STAND_IN = Path(__file__).with_name("coremltools_stand_in.py")
MACOS = (
    "import platform\n"
    "platform.system = lambda: 'Darwin'\n"
    "platform.mac_ver = lambda: ({version!r}, ('', '', ''), 'arm64')\n"
)


class CoreML:
    """What the framework keeps of one process: loaded models and states."""

    def __init__(self) -> None:
        self.machines: list[Machine] = []
        self.states: list[State] = []

    def load(self, path: str, function: str | None) -> int:
        alone = len(names_of(Path(path))) == 1
        if alone != (function is None):
            raise ContractError(f"function_name is {function!r}")
        self.machines.append(Machine(read(Path(path), function or "main"), "declared"))
        return len(self.machines) - 1

    def state(self, model: int) -> int:
        self.states.append(self.machines[model].fresh_state())
        return len(self.states) - 1

    def predict(self, model: int, data: dict[str, Any], state: int | None) -> dict[str, Any]:
        machine = self.machines[model]
        if (state is None) != (not machine.program.states):
            raise ContractError("a state is sent to a program that has one, and to no other")
        kept = {} if state is None else self.states[state]
        found = machine.run({name: torch.from_numpy(one) for name, one in data.items()}, kept)
        return {OUTPUT: found[OUTPUT].numpy().astype(np.float16)}


def serve(listener: Listener, framework: CoreML) -> None:
    """Answer one process until it ends."""
    with listener.accept() as line:
        while answer(line, framework):
            pass


def answer(line: Connection, framework: CoreML) -> bool:
    """Whether there was a question."""
    try:
        what, *rest = line.recv()
    except EOFError:
        return False
    try:
        line.send((True, getattr(framework, what)(*rest)))
    except ContractError as error:
        line.send((False, str(error)))
    return True


def replay(folder: Path, scratch: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the bundle's replay.py as a process of its own, on a Mac with coremltools."""
    framework = CoreML()
    with Listener(("127.0.0.1", 0)) as listener:
        home = scratch / "site"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        shutil.copyfile(STAND_IN, home / "coremltools.py")
        (home / "port").write_text(str(listener.address[1]), encoding="ascii")
        (home / "sitecustomize.py").write_text(MACOS.format(version="15.5"), encoding="utf-8")
        Thread(target=serve, args=(listener, framework), daemon=True).start()
        return run(folder, *options, path=str(home))


def run(folder: Path, *options: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run the bundle's replay.py as it is here."""
    return subprocess.run(
        [sys.executable, str(folder / "replay.py"), *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def add(
    folder: Path, found: Mapping[functions.Adapter, Verification], config: CoreMLConfig
) -> None:
    """Make the folder of a verified package a bundle, but for its tokenizer."""
    bundle.write(folder / CONTRACT, interface.contract(folder, {}, {}))
    bundle.add_replays(folder, found, config)
