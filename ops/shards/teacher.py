"""The teacher's log-probabilities, moved onto the student's tokens where they honestly can be.

The teacher wrote its own tokens over its own layout (a fence, other white space); the student reads
the same decision in its own template. A student token gets the teacher's distribution only if the
characters are the same in both texts and one teacher token has exactly the same edges. Of the K
outcomes, those that are one token for the student are kept; the rest of the mass is the tail.

Shape suffixes:  P positions of the teacher · k outcomes it told · M tokens that are mapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOOR = -60.0
MOST_WORK = 4_000_000
"""Pairs of equal bytes in two texts of other layouts up to which they are compared: a second."""
_NOWHERE = -(1 << 40)

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Told:
    """What the teacher told of one answer; ids are the student's, -1 = none of its tokens."""

    pieces_P: Sequence[bytes]
    tokens_P: Ids
    top_ids_Pk: Ids
    top_logp_Pk: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mapped:
    """For the student tokens `at` (index in the answer): K ids (-1 = none) and their logp, flat."""

    at: NDArray[np.int64]
    ids: Ids
    logp: NDArray[Any]


def map_logprobs(pieces: Sequence[bytes], ids: Ids, told: Told, k: int) -> Mapped:
    """Map the teacher's distributions onto the student's tokens, `k` outcomes each.

    `pieces` and `ids` are the bytes and ids of the tokens of the student's answer.
    """
    edges = np.fromiter(accumulate(map(len, pieces), initial=0), np.int64, len(pieces) + 1)
    theirs = np.fromiter(accumulate(map(len, told.pieces_P), initial=0), np.int64)
    moved = _moved(pieces, b"".join(told.pieces_P))[edges[:-1]]
    starting = np.full(theirs[-1] + 1, -1)
    starting[theirs[:-1]] = np.arange(len(theirs) - 1)
    known = np.flatnonzero(moved != _NOWHERE)
    token = starting[edges[known] + moved[known]]
    known, token = known[token >= 0], token[token >= 0]
    same = (theirs[token + 1] == edges[known + 1] + moved[known]) & (
        told.tokens_P[token] == ids[known]
    )
    at, token = known[same], token[same]
    top_ids, top_logp = told.top_ids_Pk[token], told.top_logp_Pk[token]
    listed = (top_ids == ids[at, None]).any(axis=1)
    kept_ids, kept_logp = _likeliest(top_ids[listed], top_logp[listed], k)
    return Mapped(at[listed], kept_ids.ravel(), kept_logp.ravel())


def _likeliest(ids_Mk: Ids, logp_Mk: NDArray[Any], k: int) -> tuple[Ids, NDArray[Any]]:
    """The `k` likeliest outcomes that have an id, each once, in their order; then -1 and FLOOR."""
    logp_Mk = np.maximum(logp_Mk, np.asarray(FLOOR, logp_Mk.dtype))
    if (logp_Mk[:, 1:] > logp_Mk[:, :-1]).any() or not _distinct(ids_Mk):
        known = (ids_Mk >= 0) & ~_repeated(ids_Mk)
        ids_Mk, logp_Mk = np.where(known, ids_Mk, -1), np.where(known, logp_Mk, FLOOR)
        order = np.lexsort((-logp_Mk, ~known), axis=1)
        ids_Mk = np.take_along_axis(ids_Mk, order, axis=1)
        logp_Mk = np.take_along_axis(logp_Mk, order, axis=1)
    lacking = k - ids_Mk.shape[1]
    if lacking > 0:
        ids_Mk = np.pad(ids_Mk, ((0, 0), (0, lacking)), constant_values=-1)
        logp_Mk = np.pad(logp_Mk, ((0, 0), (0, lacking)), constant_values=FLOOR)
    return ids_Mk[:, :k], logp_Mk[:, :k]


def _distinct(ids_Mk: Ids) -> bool:
    """No outcome twice in a row, and none without an id."""
    ranked = np.sort(ids_Mk, axis=1)
    return bool((ranked[:, :1] >= 0).all() and (ranked[:, 1:] > ranked[:, :-1]).all())


def _repeated(ids_Mk: Ids) -> NDArray[np.bool_]:
    """Which outcomes stand further left in their row already."""
    order = np.argsort(ids_Mk, axis=1, kind="stable")
    ranked = np.take_along_axis(ids_Mk, order, axis=1)
    again = np.zeros(ids_Mk.shape, np.bool_)
    np.put_along_axis(again, order[:, 1:], ranked[:, 1:] == ranked[:, :-1], axis=1)
    return again


def _moved(pieces: Sequence[bytes], raw: bytes) -> NDArray[np.int64]:
    """For each byte of the answer how far on it stands in the teacher's text, or _NOWHERE.

    Most answers stand there whole, but for the end of the turn, which few teachers tell.
    """
    answer = b"".join(pieces)
    moved = np.full(len(answer) + 1, _NOWHERE)
    for said in (answer, answer[: len(answer) - len(pieces[-1])] if pieces else b""):
        at = raw.find(said) if said else -1
        if at >= 0:
            moved[: len(said)] = at
            return moved
    if _work(answer, raw) <= MOST_WORK:
        matcher = SequenceMatcher(None, answer, raw, autojunk=False)
        for block in matcher.get_matching_blocks():
            moved[block.a : block.a + block.size] = block.b - block.a
    return moved


def _work(one: bytes, other: bytes) -> int:
    """Pairs of equal bytes: what a comparison walks through, at least once."""
    counts = (np.bincount(np.frombuffer(t, np.uint8), minlength=256) for t in (one, other))
    return int(np.multiply(*counts).sum())
