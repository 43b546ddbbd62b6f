"""Branches of a batch: continuations that its examples do not have, behind them in the same row.

A branch goes on from a place in an example. It costs its own tokens, less the last one, which
predicts nothing, and its log-probabilities are those of the whole text with it in the example's
stead (ops/student/attention.py). Its first token is predicted by the example's own hidden state.
Shape suffixes:  T tokens of a row · S tokens of sequences. Not here: what is compared with what
(contrast.py), the names of tools (offered.py), wrong answers (pairs.py).
"""

from dataclasses import dataclass, field, replace
from itertools import accumulate

import torch

from ops.losses.contrast import Contrast, Names, Pairs
from ops.student.fork import Fork
from ops.training.batch import Batch


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Tokens after the first `cut` of an example; written = those that stand there."""

    example: int
    cut: int
    ids: list[int]
    written: bool


@dataclass(slots=True)
class Branches:
    """The sequences of a batch, as they are added: numbered from 0."""

    batch: Batch
    _sequences: list[_Sequence] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._sequences)

    def written(self, example: int, start: int, end: int) -> int:
        """The tokens [start, end) of an example of the batch, start > 0, as a sequence."""
        first = sum(self.batch.lengths[:example])
        ids = self.batch.ids_T[first + start : first + end].tolist()
        return self._added(_Sequence(example, start, ids, written=True))

    def branch(self, example: int, cut: int, ids: list[int]) -> int:
        """Tokens that go on from the first `cut` of an example, cut > 0."""
        return self._added(_Sequence(example, cut, ids, written=False))

    def _added(self, one: _Sequence) -> int:
        self._sequences.append(one)
        return len(self._sequences) - 1

    def laid(self, names: Names | None, pairs: Pairs | None) -> Batch:
        """The batch with its branches; those of one place lie together."""
        starts = [0, *accumulate(self.batch.lengths)]
        firsts = [starts[one.example] + one.cut - 1 for one in self._sequences]
        places = [
            list(range(first, first + len(one.ids)))
            for first, one in zip(firsts, self._sequences, strict=True)
        ]
        ids, positions, forks = list[int](), list[int](), list[Fork]()
        for (example, cut), numbers in self._forks().items():
            lengths = []
            for number in numbers:
                inner, at = self._sequences[number].ids[:-1], starts[-1] + len(ids)
                places[number] = [firsts[number], *range(at, at + len(inner))]
                ids += inner
                positions += range(cut, cut + len(inner))
                lengths.append(len(inner))
            if any(lengths):
                forks.append(Fork(starts[example], cut, tuple(filter(None, lengths))))
        return replace(
            self.batch,
            ids_T=torch.cat([self.batch.ids_T, _numbers(ids)]),
            positions_T=torch.cat([self.batch.positions_T, _numbers(positions)]),
            forks=tuple(forks),
            contrast=self._contrast(places, names, pairs),
        )

    def _contrast(
        self, places: list[list[int]], names: Names | None, pairs: Pairs | None
    ) -> Contrast:
        """The sequences, token by token; `places` are the rows that predict each."""
        return Contrast(
            _numbers([place for one in places for place in one]),
            _numbers([token for one in self._sequences for token in one.ids]),
            _numbers([number for number, one in enumerate(self._sequences) for _ in one.ids]),
            len(self),
            names,
            pairs,
        )

    def _forks(self) -> dict[tuple[int, int], list[int]]:
        """The numbers of the branches of each place, in the order in which the places came."""
        found = dict[tuple[int, int], list[int]]()
        for number, one in enumerate(self._sequences):
            if not one.written:
                found.setdefault((one.example, one.cut), []).append(number)
        return found


def _numbers(values: list[int]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int64)
