"""The requests of a round on disk before any of them is sent: what was wanted, and the queue.

    journal/requests/<digest of the keys>.parquet

A request stands there once however often it is wanted. Nothing secret is in it: the key of the
endpoint travels in a header.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.lines import sync
from ops.teacher.request import request_key

GROUP = 200
"""Rows a row group, and requests in memory."""
PLANNED = pa.schema(
    [
        pa.field("key", pa.string(), False, {"doc": "request key"}),
        pa.field("body", pa.binary(), False, {"doc": "JSON body as it is sent"}),
    ]
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A round of requests.

    Attributes:
        path: the Parquet file with each request once.
        keys: the key of everything that was asked for, in that order; 32 bytes each.
        size: bytes of all bodies together, each once.
        count: requests, each once.
    """

    path: Path
    keys: bytes
    size: int
    count: int

    def wanted(self) -> Iterator[str]:
        """The keys in the order that was asked for."""
        return (self.keys[at : at + 32].hex() for at in range(0, len(self.keys), 32))

    def requests(self) -> Iterator[tuple[str, bytes]]:
        """Key and body of each request, a row group in memory at a time."""
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(GROUP):
                yield from zip(batch["key"].to_pylist(), batch["body"].to_pylist(), strict=True)


def plan(folder: Path, endpoint: str, bodies: Iterable[dict[str, Any]]) -> Planned:
    """Write the requests to a file in the folder, named by their keys."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{os.getpid()}.parquet"
    keys, seen, size = bytearray(), set(), 0
    batch: list[tuple[str, bytes]] = []
    with pq.ParquetWriter(beside, PLANNED, compression="zstd") as writer:
        for body in bodies:
            key = request_key(endpoint, body)
            raw = bytes.fromhex(key)
            keys += raw
            if raw in seen:
                continue
            seen.add(raw)
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            batch.append((key, data.encode("utf-8", "backslashreplace")))
            size += len(batch[-1][1])
            if len(batch) == GROUP:
                writer.write_table(_table(batch))
                batch = []
        if batch:
            writer.write_table(_table(batch))
    sync(beside)
    path = folder / f"{hashlib.sha256(keys).hexdigest()[:16]}.parquet"
    beside.replace(path)
    sync(folder)
    return Planned(path, bytes(keys), size, len(seen))


def _table(batch: list[tuple[str, bytes]]) -> pa.Table:
    keys, bodies = zip(*batch, strict=True)
    return pa.Table.from_arrays([pa.array(keys), pa.array(bodies)], schema=PLANNED)
