"""How fast a package answers on the interpreter, beside the student in PyTorch: its own process.

    python -m benchmarks.coreml.pace --spec FILE --out DIR

Both have a cache of keys and values, answer greedily, and take as many threads as they are told. It
says how long verification takes; a device is not seen here.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel

from benchmarks.process import memory_mb
from ops import entry
from ops.coreml.clients import session
from ops.coreml.config import CoreMLConfig
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import read
from ops.student import model as students

ANSWER = 32
"""Tokens that are written after the prompt."""

Feed = Callable[[list[int]], int]


class Spec(BaseModel, extra="forbid"):
    """What is asked, and of whom."""

    package: Path
    config: CoreMLConfig
    student: Path
    prompt: list[int]


def work(spec: Spec, out: Path) -> dict[str, Any]:
    """Seconds of loading and of reading the prompt, tokens a second of the answer, megabytes."""
    began = time.monotonic()
    machine = Machine(read(spec.package), "declared")
    loaded = time.monotonic() - began
    talk = session([machine])
    ours = _paced(lambda fed: int(talk.feed(fed)[-1].argmax()), spec.prompt)
    figures = {
        "load_s": loaded,
        "memory_mb": memory_mb("VmHWM"),
        "threads": torch.get_num_threads(),
    }
    model = students.load(spec.student).cpu().eval()
    theirs = _paced(_transformers(model), spec.prompt)
    same = ours.pop("written") == theirs.pop("written")
    figures["threads"] = torch.get_num_threads()
    return figures | {"same": same, "interpreter": ours, "transformers": theirs}


def _transformers(model: Any) -> Feed:
    cache: Any = None

    @torch.no_grad()
    def feed(fed: list[int]) -> int:
        nonlocal cache
        said = model(torch.tensor([fed]), past_key_values=cache, use_cache=True)
        cache = said.past_key_values
        return int(said.logits[0, -1].argmax())

    return feed


def _paced(feed: Feed, prompt: list[int]) -> dict[str, Any]:
    times = _times(feed, prompt)
    first, token = next(times)
    rest = list(times)
    return {
        "prompt_s": first,
        "tokens_s": len(rest) / sum(seconds for seconds, _ in rest),
        "written": [token, *(token for _, token in rest)],
    }


def _times(feed: Feed, prompt: list[int]) -> Iterator[tuple[float, int]]:
    fed = prompt
    for _ in range(1 + ANSWER):
        began = time.monotonic()
        token = feed(fed)
        yield time.monotonic() - began, token
        fed = [token]


if __name__ == "__main__":
    entry.start(Spec, work, "How fast a package answers on the interpreter, beside PyTorch.")
