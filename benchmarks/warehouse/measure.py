"""The time of each shipped query: ours as a user has it, and inside its process; the peers'."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline import queries
from resources.warehouse.child import opened
from resources.warehouse.question import Limits, ask, held

PEERS = ("polars", "pandas")
COMPARED = (
    "before_after", "confused_tools", "cost_per_answer", "failures_by_tool", "hardest_prompts",
)  # fmt: skip
"""Queries that the peers have too."""
LIMITS = Limits(seconds=300, memory_mb=8_000)


@dataclass(frozen=True, slots=True)
class Line:
    """The least of the repetitions, in seconds.

    Attributes:
        way: `apprentice sql` (start of the process included), `in process`, or a peer.
        processor_s: of it and of what it started, the least too.
        load: processes that wanted a processor, on average over the last minute.
    """

    query: str
    way: str
    rows: int
    seconds: float
    processor_s: float
    load: float


def lines(lake: Path, peer: Path | None, repetitions: int) -> Iterator[Line]:
    """Each query in each way, in turn."""
    with held(lake) as snapshot:
        for query in queries.shipped():
            ways = {
                "apprentice sql": partial(_asked, lake, query),
                "in process": partial(_inside, snapshot, query),
            }
            if peer is not None and query in COMPARED:
                ways |= {one: partial(_peer, peer, one, query, snapshot) for one in PEERS}
            for way, run in ways.items():
                found = [_timed(run) for _ in range(repetitions)]
                rows, seconds, processor_s = map(min, zip(*found, strict=True))
                yield Line(query, way, int(rows), seconds, processor_s, os.getloadavg()[0])


def _timed(run: Callable[[], tuple[int, float]]) -> tuple[int, float, float]:
    before = os.times()
    rows, seconds = run()
    return rows, seconds, sum(os.times()[:4]) - sum(before[:4])


def _asked(lake: Path, query: str) -> tuple[int, float]:
    began = time.monotonic()
    _, rows = ask(lake, queries.text(query), LIMITS)
    return len(rows), time.monotonic() - began


def _inside(snapshot: Path, query: str) -> tuple[int, float]:
    connection = opened(snapshot, LIMITS.memory_mb)
    began = time.monotonic()
    rows = len(connection.sql(queries.text(query)).fetchall())
    seconds = time.monotonic() - began
    connection.close()
    return rows, seconds


def _peer(python: Path, library: str, query: str, snapshot: Path) -> tuple[int, float]:
    program = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [str(python), str(program), library, query, str(snapshot)],
        stdout=subprocess.PIPE, stderr=sys.stderr, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    return int(told["rows"]), float(told["seconds"])
