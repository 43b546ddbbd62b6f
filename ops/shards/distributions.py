"""The teacher's log-probabilities of every partition, answer by answer beside the examples.

A merge of files that are in order of prompt_id: what is in memory is some rows of each, and each
partition's vocabulary as ids of the student.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ops import tables
from ops.errors import ContractError
from ops.examples.join import Entry
from ops.examples.scan import batches
from ops.shards.teacher import Told
from ops.teacher.contract import LOGPROBS, VOCABULARY

AT_ONCE = 100
"""Rows of a partition in memory: a row holds thousands of numbers."""
_COLUMNS = ["prompt_id", "request_key", "k", "token_ids", "top_ids", "top_logprobs"]
_prompt_id = itemgetter(0)


class Distributions:
    """Answers of teacher_responses by prompt and request."""

    def __init__(self, partitions: list[Path], ids: Mapping[bytes, int]) -> None:
        """`ids`: the student's id by bytes.

        Raises ContractError if a partition's vocabulary is missing, damaged or of another form.
        """
        self._parts = [_Part(path, ids) for path in partitions]

    def beside(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Told | None]]:
        """Each entry with what was told of its answer; the entries are in order of prompt_id.

        Of equal requests in several partitions the last counts.

        Raises:
            ContractError: a table is missing, damaged, or names a token of no vocabulary.
        """
        rows = merge(*(part.rows() for part in self._parts), key=_prompt_id)
        grouped = groupby(rows, key=_prompt_id)
        of, found = next(grouped, (None, iter(())))
        for entry in entries:
            prompt_id, request_key = entry.text["prompt_id"], entry.text["request_key"]
            while of is not None and of < prompt_id:
                of, found = next(grouped, (None, iter(())))
            same = (
                [row for row in found if row.request_key == request_key]
                if (of == prompt_id)
                else []
            )
            yield entry, same[-1].told() if same else None


class _Row(NamedTuple):
    prompt_id: str
    request_key: str
    part: "_Part"
    lists: dict[str, NDArray[Any]]
    k: int

    def told(self) -> Told:
        return self.part.told(self.lists, self.k)


class _Part:
    """The two tables of one partition."""

    def __init__(self, folder: Path, ids: Mapping[bytes, int]) -> None:
        self._path = folder / "logprobs.parquet"
        known = tables.read(folder / "logprobs_vocabulary.parquet", VOCABULARY)
        theirs, pieces = known["id"].to_numpy(), known["bytes"].to_pylist()
        self._size = int(theirs.max(initial=-1)) + 1
        # One more at the end, which is what -1 finds.
        self._student = np.full(self._size + 1, -1, np.int32)
        self._student[theirs] = [ids.get(piece, -1) for piece in pieces]
        self._pieces: NDArray[np.object_] = np.full(self._size + 1, b"", object)
        self._pieces[theirs] = pieces

    def rows(self) -> Iterator[_Row]:
        for batch in batches(self._path, LOGPROBS, _COLUMNS, AT_ONCE):
            keys, outcomes = (batch[name].to_pylist() for name in ("request_key", "k"))
            for at, prompt_id in enumerate(batch["prompt_id"].to_pylist()):
                lists = {name: _values(batch[name], at) for name in _COLUMNS[3:]}
                yield _Row(prompt_id, keys[at], self, lists, outcomes[at])

    def told(self, lists: Mapping[str, NDArray[Any]], k: int) -> Told:
        tokens, top, nats = lists.values()
        highest = max(tokens.max(initial=-1), top.max(initial=-1))
        if highest >= self._size or tokens.min(initial=0) < 0:
            raise ContractError(
                f"{self._path} names a token {highest} that logprobs_vocabulary.parquet does not "
                f"hold; materialize teacher_responses again"
            )
        return Told(
            self._pieces[tokens].tolist(),
            self._student[tokens],
            self._student[top].reshape(-1, k),
            nats.reshape(-1, k),
        )


def _values(column: pa.Array, row: int) -> NDArray[Any]:
    start, end = column.offsets[row].as_py(), column.offsets[row + 1].as_py()
    values: NDArray[Any] = column.values.slice(start, end - start).to_numpy(zero_copy_only=False)
    return values
