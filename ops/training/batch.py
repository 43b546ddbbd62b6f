"""From shards on disk to packed rows with aligned targets.

Shape suffixes:  T tokens of a row · N supervised tokens · M those with a teacher's distribution.
A token at position t is predicted from position t - 1: `rows_N` are the positions, in the row, of
the predicting hidden states. The first token of an example is never a target, so nothing is
predicted across an edge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from pyarrow import compute
from torch import Tensor

from ops import tables
from ops.errors import ContractError
from ops.losses.objective import Targets
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS
from ops.student.attention import attend_by_example

Examples = list[dict[str, Any]]
_CONTEXT = frozenset(KINDS.index(kind) for kind in CONTEXT_KINDS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples one behind the other, and where and what their supervised tokens are."""

    ids_T: Tensor
    positions_T: Tensor
    lengths: tuple[int, ...]
    rows_N: Tensor
    targets: Targets


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
        edges = np.flatnonzero(np.diff(batch, prepend=-1, append=-1))
        self._spans = list(pairwise(edges.tolist()))

    def __len__(self) -> int:
        return len(self._spans)

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


def epochs(count: int, seed: int, steps: int, start: int) -> Iterator[tuple[int, int]]:
    """(step, batch number) from step `start` on: the order is a function of (seed, epoch) alone."""
    for step in range(start, steps):
        epoch, index = divmod(step, count)
        if index == 0 or step == start:
            order = torch.randperm(
                count, generator=torch.Generator().manual_seed(seed * 9973 + epoch)
            )
        yield step, int(order[index])


def supervised(span_kind: Sequence[int]) -> list[int]:
    """Which tokens are targets: all that the student itself writes.

    >>> supervised([0, 0, 2, 8, 1, 2])
    [2, 3, 5]
    """
    return [at for at, kind in enumerate(span_kind) if kind not in _CONTEXT]


def collate(examples: Examples, device: torch.device) -> Batch:
    """Lay the examples in a row; supervise every token that is not context, and nothing else.

    Raises:
        ContractError: an example begins with a target, which nothing predicts.
    """
    ids, positions = list[int](), list[int]()
    rows, labels, kinds = list[int](), list[int](), list[int]()
    teacher_rows, teacher_ids, teacher_logp = list[int](), list[int](), list[float]()
    for example in examples:
        tokens, start = example["input_ids"], len(ids)
        learnt = supervised(example["span_kind"])
        if learnt[:1] == [0]:
            raise ContractError(
                f"an example of {len(tokens)} tokens begins with a target, expected context "
                f"before it; materialize token_shards again"
            )
        number = {at: len(labels) + index for index, at in enumerate(learnt)}
        teacher_rows += [number[at] for at in example["teacher_at"]]
        teacher_ids += example["teacher_ids"]
        teacher_logp += example["teacher_logp"]
        rows += [start + at - 1 for at in learnt]
        labels += [tokens[at] for at in learnt]
        kinds += [example["span_kind"][at] for at in learnt]
        ids += tokens
        positions += range(len(tokens))
    outcomes = len(teacher_ids) // len(teacher_rows) if teacher_rows else 1

    def whole(values: list[int]) -> Tensor:
        return torch.tensor(values, dtype=torch.long, device=device)

    targets = Targets(
        whole(labels),
        whole(kinds),
        whole(teacher_rows),
        whole(teacher_ids).view(-1, outcomes),
        torch.tensor(teacher_logp, device=device).view(-1, outcomes),
    )
    lengths = tuple(len(example["input_ids"]) for example in examples)
    return Batch(whole(ids), whole(positions), lengths, whole(rows), targets)


def logits(model: Any, batch: Batch) -> Tensor:
    """[N, V]: only supervised positions reach the vocabulary projection."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    attend_by_example(base)
    hidden_1TD = base.model(
        input_ids=batch.ids_T[None],
        position_ids=batch.positions_T[None],
        attention_mask=torch.ones_like(batch.ids_T)[None],  # none is hidden: no mask is built
        lengths=batch.lengths,
        use_cache=False,
    ).last_hidden_state
    projected: Tensor = base.lm_head(hidden_1TD[0, batch.rows_N])
    return projected
