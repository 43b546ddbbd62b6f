"""Makes the inputs, and measures ours and its peers on them in turn, each in a process of its own.

They alternate, so that a busy moment of the machine does not fall on one of them alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.shards import day, texts
from benchmarks.shards.measure import TOKENIZER
from benchmarks.shards.storage import storage
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store
from ops.student import tokenizer as tokenizers

Line = dict[str, Any]
PEERS = ("encode", "ours", "datasets")


@dataclass(frozen=True)
class Options:
    """What the command line says; `python` runs the peer `datasets`."""

    rows: int
    memory: list[int]
    repetitions: int
    folder: Path
    python: Path


def run(options: Options) -> Iterator[Line]:
    """A line for each measurement: rate on one and two threads, storage, memory by rows."""
    (options.folder / TOKENIZER).mkdir(parents=True, exist_ok=True)
    made = texts.texts(options.folder / TOKENIZER)
    tokenizer = tokenizers.load(options.folder / TOKENIZER)
    wanted = {options.rows, made.texts.num_rows}
    for count in wanted:
        day.write(made, tokenizer, count, _at(options, str(count)))
    yield _stored(options, tokenizer, made.texts.num_rows)
    for _ in range(options.repetitions):
        for threads in (1, 2):
            for what in PEERS:
                line = {"what": what, "rows": options.rows, "threads": threads}
                yield line | _measured(options, what, str(options.rows), threads)
    for count in options.memory:
        folder = _at(options, f"short-{count}")
        day.write(texts.short(made), tokenizer, count, folder)
        line = {"what": "memory", "rows": count, "threads": 2}
        yield line | _measured(options, "ours", folder.name, 2)


def _at(options: Options, name: str) -> Path:
    folder = options.folder / name
    folder.mkdir(exist_ok=True)
    return folder


def _stored(options: Options, tokenizer: Any, count: int) -> Line:
    folder, out = options.folder / str(count), _at(options, "stored")
    figures = store([Day(folder, folder, folder)], tokenizer, ShardsConfig(top_k=20), out)
    told = round(figures["teacher_distribution_share"] * figures["supervised_tokens"])
    line = {"what": "storage", "rows": count, "tokens": figures["tokens"], "told": told}
    return line | {"columns": storage(out), "texts": texts.source()}


def _measured(options: Options, what: str, folder: str, threads: int) -> Line:
    python = options.python if what == "datasets" else Path(sys.executable)
    command = [str(python), "-m", "benchmarks.shards.measure", what, str(options.folder / folder)]
    environment = os.environ | {
        "RAYON_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "true",
        "HF_HOME": str(options.folder / "cache"),
    }
    at = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    try:
        done = subprocess.run(
            command, cwd=texts.ROOT, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return at | {"absent": f"{python}: {error.strerror}"}
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return at | {"absent": said[-1] if said else f"exit status {done.returncode}"}
    found: Line = json.loads(done.stdout.splitlines()[-1])
    return at | found
