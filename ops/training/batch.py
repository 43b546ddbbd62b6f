"""From shards on disk to packed rows with aligned targets.

Shape suffixes:  T tokens of a row · N supervised tokens · K outcomes of a token (contract.py).
A token at position t is predicted from position t - 1: `rows_N` are the positions, in the row, of
the predicting hidden states. The first token of an example is never a target, so nothing is
predicted across an edge. Not here: the order of the batches (order.py), the model (hidden.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
import torch
from numpy.typing import NDArray
from pyarrow import compute
from torch import Tensor

from ops import tables
from ops.errors import ContractError
from ops.losses.allowed import Allowed
from ops.losses.contract import Targets
from ops.losses.contrast import Contrast
from ops.losses.dense import COMPONENT, row_weights
from ops.losses.product import Head
from ops.losses.rows import tally
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS, RESPONSES
from ops.student.fork import Fork

Examples = list[dict[str, Any]]
_CONTEXT = frozenset(KINDS.index(kind) for kind in CONTEXT_KINDS)


@dataclass(frozen=True, slots=True)
class Teacher:
    """A causal language model that is here, frozen, and its head over the student's vocabulary."""

    model: Any
    head: Head
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples one behind the other, and where and what their supervised tokens are.

    Behind the examples lie the branches of `forks`, if there are any (branches.py); `contrast` says
    what is compared with what, None = nothing. `teacher` reads the same row when the batch is
    passed, None = there is none (teacher.py); it stays on the device where it is.
    """

    ids_T: Tensor
    positions_T: Tensor
    lengths: tuple[int, ...]
    rows_N: Tensor
    targets: Targets
    allowed: Allowed | None = None
    forks: tuple[Fork, ...] = ()
    contrast: Contrast | None = None
    teacher: Teacher | None = None

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        return Batch(
            self.ids_T.to(device),
            self.positions_T.to(device),
            self.lengths,
            self.rows_N.to(device),
            _moved(self.targets, device),
            None if self.allowed is None else _moved(self.allowed, device),
            self.forks,
            None if self.contrast is None else self.contrast.to(device),
            self.teacher,
        )

    def counts(self) -> dict[str, float]:
        """What divides the components that are not in the objective's own counts: those that
        compare sequences, and the divergence from the teacher; empty if none is asked for.
        """
        found = {} if self.contrast is None else self.contrast.counts()
        if self.teacher is None:
            return found
        return found | tally({COMPONENT: row_weights(self.targets)})


Held = TypeVar("Held", Targets, Allowed)


def _moved(held: Held, device: torch.device) -> Held:
    parts = {one.name: getattr(held, one.name) for one in fields(held)}
    return replace(
        held, **{name: part.to(device) for name, part in parts.items() if part is not None}
    )


def planned(shards: Path, split: str) -> Sequence[Examples]:
    """The examples of a split, batch by batch, as the plan says.

    Raises:
        ContractError: a shard or the plan is missing, damaged or of another form.
    """
    return _Planned(shards, split)


class _Planned(Sequence[Examples]):
    """A batch is unpacked when it is asked for; in memory the shards stay Arrow tables."""

    def __init__(self, shards: Path, split: str) -> None:
        self._tables = [tables.read(path, SHARD) for path in sorted(shards.glob("shard-*.parquet"))]
        plan = tables.read(shards / "plan.parquet", PLAN)
        plan = plan.filter(compute.equal(plan["split"], split))
        batch, self._shard, self._row = (
            plan[name].to_numpy() for name in ("batch", "shard", "row")
        )
        self._tokens = plan["tokens"].to_numpy()
        edges = np.flatnonzero(np.diff(batch, prepend=-1, append=-1))
        self._spans = list(pairwise(edges.tolist()))

    def __len__(self) -> int:
        return len(self._spans)

    def longest(self) -> int:
        """Number of the batch with most tokens, as the plan has it."""
        return int(np.argmax([self._tokens[start:end].sum() for start, end in self._spans]))

    @overload
    def __getitem__(self, at: int) -> Examples: ...
    @overload
    def __getitem__(self, at: slice) -> list[Examples]: ...
    def __getitem__(self, at: int | slice) -> Examples | list[Examples]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        entries = range(*self._spans[at])
        return [row for entry in entries for row in self._rows(entry)]

    def _rows(self, entry: int) -> Examples:
        return tables.rows(self._tables[self._shard[entry]].slice(self._row[entry], 1))


def longest(batches: Sequence[Examples]) -> tuple[tuple[int, ...], int]:
    """Lengths of the examples of the batch with most tokens, and how many targets it has."""
    if isinstance(batches, _Planned):
        batch = batches[batches.longest()]
    else:
        batch = max(batches, key=lambda rows: sum(len(row["input_ids"]) for row in rows))
    lengths = tuple(len(row["input_ids"]) for row in batch)
    return lengths, sum(len(supervised(row["span_kind"])) for row in batch)


def supervised(span_kind: Sequence[int]) -> list[int]:
    """Which tokens are targets: all that the student itself writes.

    >>> supervised([0, 0, 2, 8, 1, 2])
    [2, 3, 5]
    """
    return [at for at, kind in enumerate(span_kind) if kind not in _CONTEXT]


def collate(examples: Examples) -> Batch:
    """Lay the examples in a row; supervise every token that is not context, and nothing else.

    On the CPU: what divides a loss is counted here, before anything is on its device.

    Raises:
        ContractError: an example begins with a target, which nothing predicts.
    """
    rows, start, spans = list[NDArray[np.int64]](), 0, 0
    learnt = list[dict[str, NDArray[Any]]]()
    for example in examples:
        at = np.asarray(supervised(example["span_kind"]), dtype=np.int64)
        if len(at) and at[0] == 0:
            raise ContractError(
                f"an example of {len(example['input_ids'])} tokens begins with a target, expected "
                f"context before it; materialize token_shards again"
            )
        rows.append(start + at - 1)
        learnt.append(_learnt(example, at, spans))
        start += len(example["input_ids"])
        spans = int(learnt[-1]["spans"][-1]) + 1 if len(at) else spans
    width = max((one["ids"].shape[1] for one in learnt), default=1)
    targets = Targets(
        _stacked([_wide(one["ids"], width, -1) for one in learnt], np.int64),
        _stacked([_wide(one["logp"], width, -np.inf) for one in learnt], np.float32),
        *(_stacked([one[name] for one in learnt], kind) for name, kind in _FLAT.items()),
    )
    ids = [token for example in examples for token in example["input_ids"]]
    lengths = tuple(len(example["input_ids"]) for example in examples)
    positions = [at for length in lengths for at in range(length)]
    return Batch(
        torch.tensor(ids), torch.tensor(positions), lengths, _stacked(rows, np.int64), targets
    )


_FLAT = {
    "kinds": np.int64,
    "weights": np.float32,
    "spans": np.int64,
    "broken": np.bool_,
    "truth": np.bool_,
}


def _learnt(example: dict[str, Any], at: NDArray[np.int64], span: int) -> dict[str, NDArray[Any]]:
    """What is known of an example's targets; spans are numbered from `span`."""
    labels = np.asarray(example["input_ids"], dtype=np.int64)[at]
    kinds = np.asarray(example["span_kind"], dtype=np.int64)[at]
    begins = np.diff(at, prepend=-1) != 1
    begins[1:] |= np.diff(kinds) != 0
    broken = example.get("broken")
    ids, logp = _outcomes(example, at, labels)
    return {
        "ids": ids,
        "logp": logp,
        "kinds": kinds,
        "weights": np.full(len(at), example.get("weight", 1.0)),
        "spans": np.cumsum(begins) - 1 + span,
        "truth": np.full(len(at), example.get("source", RESPONSES) != RESPONSES),
        "broken": np.asarray(broken, dtype=np.bool_)[at] if broken else np.zeros(len(at), np.bool_),
    }


def _outcomes(
    example: dict[str, Any], at: NDArray[np.int64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """[N, 1 + K] ids and log-probabilities: the label first, the teacher's other tokens behind."""
    where = np.searchsorted(at, np.asarray(example["teacher_at"], dtype=np.int64))
    told = len(example["teacher_ids"]) // len(where) if len(where) else 0
    ids = np.full((len(at), 1 + told), -1, dtype=np.int64)
    logp = np.full((len(at), 1 + told), -np.inf, dtype=np.float32)
    ids[:, 0] = labels
    if told:
        others = np.asarray(example["teacher_ids"], dtype=np.int64).reshape(-1, told)
        known = np.asarray(example["teacher_logp"], dtype=np.float32).reshape(-1, told)
        known = np.where(others < 0, -np.inf, known)
        is_label = others == labels[where, None]
        logp[where, 0] = np.where(is_label, known, -np.inf).max(axis=1)
        ids[where, 1:] = np.where(is_label, -1, others)
        logp[where, 1:] = np.where(is_label, -np.inf, known)
    return ids, logp


def _wide(values: NDArray[Any], width: int, empty: float) -> NDArray[Any]:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])), constant_values=empty)


def _stacked(parts: list[NDArray[Any]], kind: Any) -> Tensor:
    whole = np.concatenate(parts) if parts else np.empty(0)
    return torch.from_numpy(whole.astype(kind))
