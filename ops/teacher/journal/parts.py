"""Closed segments as Parquet: what was answered, refused for good, or lost at a price.

    parts/part-000001.parquet   immutable, named by the segment that it holds
    parts/manifest.json         written last: the parts that count

A part that the manifest does not name is a compaction that was killed, and is made again. The index
over all parts (index.py) holds six words a request and no answer, so that memory hardly grows with
what was bought; an answer is read from its row group when it is asked for.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ops.errors import ContractError
from ops.lines import sync
from ops.teacher.journal.event import KEPT, Event
from ops.teacher.journal.index import Index, keys_of
from ops.teacher.wire import Answer

MANIFEST = "manifest.json"
GROUP = 500
"""Rows a row group."""
CACHED = 4
"""Row groups in memory."""
_PART = 40
"""A place is the number of a part, shifted by so many bits, and a row."""


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


PART = pa.schema(
    [
        _column("key", pa.binary(32), "request key"),
        _column("event", pa.string(), "ok | lost | orphan | fail"),
        _column(
            "kind", pa.string(), "why it failed or was lost; what is wrong with an answer", True
        ),
        _column("detail", pa.string(), "what the endpoint said of a refusal", True),
        _column("cost", pa.int64(), "micro-dollars"),
        _column("source", pa.string(), "usage | provider | estimated", True),
        _column("size", pa.int32(), "bytes of the request", True),
        _column("latency_ms", pa.int32(), "from sending to the whole answer", True),
        _column("prompt_tokens", pa.int32(), "as the endpoint counted", True),
        _column("completion_tokens", pa.int32(), "as the endpoint counted", True),
        _column("answer", pa.string(), "the record of ops.teacher.wire, JSON", True),
    ]
)
SETTLED = pa.array(["ok", "fail"])
REOPENED = pa.array(["bad_request", "content_filter", "not_recorded", "malformed"])
TOKENS = ["prompt_tokens", "completion_tokens"]
_Places = tuple[NDArray[np.bytes_], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Settled:
    """A request that need not be asked again: `answer.problem` says if it was refused."""

    answer: Answer
    cost: int
    source: str
    latency_ms: int | None


def compact(events: Iterable[Event], path: Path) -> int:
    """Write the events that are kept as one part; returns how many there were."""
    beside = path.with_name(f".{path.name}")
    count = 0
    with pq.ParquetWriter(
        beside, PART, compression="zstd", use_dictionary=["event", "kind", "source"],
        write_page_checksum=True,
    ) as writer:  # fmt: skip
        for batch in _batches(events):
            count += len(batch)
            columns = [pa.array([row.get(f.name) for row in batch], f.type) for f in PART]
            writer.write_table(pa.Table.from_arrays(columns, schema=PART), row_group_size=GROUP)
    sync(beside)
    beside.replace(path)
    return count


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Rows in groups; a `sent` that nothing followed becomes an orphan at the price of its hold."""
    open_requests: dict[str, Event] = {}
    batch: list[Event] = []
    for event in events:
        if event["event"] == "sent":
            open_requests[event["key"]] = event
            continue
        before = open_requests.pop(event["key"], {})
        if event["event"] in KEPT:
            batch.append(_row(event, before.get("size")))
        if len(batch) == GROUP:
            yield batch
            batch = []
    for key, before in open_requests.items():
        batch.append(_row({"event": "orphan", "key": key, "cost": before["hold"]}, before["size"]))
    yield from (batch[start : start + GROUP] for start in range(0, len(batch), GROUP))


def _row(event: Event, size: int | None) -> dict[str, Any]:
    answer = event.get("answer") or {}
    return event | {
        "kind": event.get("kind") or answer.get("problem") or None,
        "key": bytes.fromhex(event["key"]),
        "cost": event.get("cost", 0),
        "size": size,
        "prompt_tokens": answer.get("prompt_tokens"),
        "completion_tokens": answer.get("completion_tokens"),
        "answer": json.dumps(answer, ensure_ascii=False) if answer else None,
    }


class Parts:
    """All parts of a journal: which requests are settled, what was spent, and the answers."""

    def __init__(self, folder: Path) -> None:
        """Read the index. Raises ContractError if a part is missing or damaged."""
        self._folder = folder
        self._names: list[str] = []
        self._where = Index()
        self._groups: OrderedDict[tuple[int, int], list[dict[str, Any]]] = OrderedDict()
        self.spent = 0
        self.tokens = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._where.put([places for name in self._listed() for places in self._count(name)])

    def __contains__(self, key: str) -> bool:
        return self._where.get(bytes.fromhex(key)) is not None

    def __len__(self) -> int:
        return len(self._where)

    @property
    def names(self) -> list[str]:
        """The parts that count, oldest first."""
        return list(self._names)

    def add(self, name: str) -> None:
        """Let a part count that was compacted: index it, then write the manifest."""
        self._where.put(list(self._count(name)))
        beside = self._folder / f".{MANIFEST}"
        beside.write_text(json.dumps({"parts": self._names}, indent=1), encoding="utf-8")
        sync(beside)
        beside.replace(self._folder / MANIFEST)
        sync(self._folder)

    def get(self, key: str) -> Settled:
        """What became of a settled request. Raises KeyError if it is not settled."""
        place = self._where.get(bytes.fromhex(key))
        if place is None:
            raise KeyError(key)
        part, row = divmod(place, 1 << _PART)
        held = self._group(part, row // GROUP)[row % GROUP]
        if held["event"] == "fail":
            refusal = Answer(problem=held["kind"], detail=held["detail"] or "")
            return Settled(refusal, 0, "none", None)
        answer = Answer.from_json(json.loads(held["answer"]))
        return Settled(answer, held["cost"], held["source"], held["latency_ms"])

    def forget_failures(self) -> None:
        """Let requests be asked again that were refused for good, or answered with rubbish."""
        reopened = [
            (number << _PART) + start + np.flatnonzero(pc.is_in(rows["kind"], REOPENED).to_numpy())
            for number, name in enumerate(self._names)
            for start, rows in self._rows(name, ["kind"])
        ]
        if reopened:
            self._where.drop(np.concatenate(reopened))

    def usage(self) -> pa.Table:
        """size, prompt_tokens, completion_tokens, latency_ms and cost of every answer."""
        columns = ["event", "size", *TOKENS, "latency_ms", "cost"]
        found = [rows for name in self._names for _, rows in self._rows(name, columns)]
        if not found:
            return pa.table({name: pa.array([], PART.field(name).type) for name in columns})
        table = pa.concat_tables(found)
        return table.filter(pc.equal(table["event"], "ok"))

    def bytes_on_disk(self) -> int:
        """Of all parts."""
        return sum((self._folder / name).stat().st_size for name in self._names)

    def _listed(self) -> list[str]:
        manifest = self._folder / MANIFEST
        if not manifest.exists():
            return []
        try:
            return [str(name) for name in json.loads(manifest.read_text("utf-8"))["parts"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ContractError(
                f"{manifest} is damaged ({error}); restore it, or list the part-*.parquet files "
                f"beside it in it: they hold what was paid for"
            ) from error

    def _count(self, name: str) -> Iterator[_Places]:
        """Add a part to the sums; the keys that it settles, and where, a row group at a time."""
        number = len(self._names)
        self._names.append(name)
        for start, rows in self._rows(name, ["key", "event", "cost", *TOKENS]):
            settled = pc.is_in(rows["event"], SETTLED).to_numpy()
            places = (number << _PART) + start + np.flatnonzero(settled)
            yield keys_of(rows["key"].combine_chunks())[settled], places
            self.spent += pc.sum(rows["cost"]).as_py() or 0
            self.tokens += sum(pc.sum(rows[column]).as_py() or 0 for column in TOKENS)

    def _rows(self, name: str, columns: list[str]) -> Iterator[tuple[int, pa.Table]]:
        """The first row's number and the rows of each row group.

        Read by this thread alone: the threads of Arrow would keep megabytes each for a few kB.
        """
        file, start = self._open(name), 0
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns, use_threads=False)
            yield start, rows
            start += len(rows)

    def _group(self, part: int, group: int) -> list[dict[str, Any]]:
        held = self._groups.get((part, group))
        if held is None:
            columns = ["event", "kind", "detail", "cost", "source", "latency_ms", "answer"]
            held = self._open(self._names[part]).read_row_group(group, columns).to_pylist()
            self._groups[part, group] = held
            if len(self._groups) > CACHED:
                self._groups.popitem(last=False)
        else:
            self._groups.move_to_end((part, group))
        return held

    def _open(self, name: str) -> pq.ParquetFile:
        path = self._folder / name
        try:
            return pq.ParquetFile(path, page_checksum_verification=True)
        except (OSError, pa.ArrowInvalid) as error:
            raise ContractError(
                f"{path} is missing or damaged ({error}); it holds answers that were paid for: "
                f"restore it, or take its name out of {MANIFEST} to buy them again"
            ) from error
