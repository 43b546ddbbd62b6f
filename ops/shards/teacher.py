"""The teacher's log-probabilities, moved onto the student's tokens where they honestly can be.

The teacher wrote its own tokens over its own layout (a fence, other white space); the student reads
the same decision in its own template. A student token gets the teacher's distribution only if the
characters are the same in both texts and one teacher token has exactly the same edges. Of the K
outcomes, those that are one token for the student are kept; the rest of the mass is the tail.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

FLOOR = -60.0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token of the teacher: its bytes, and likeliest outcomes as (bytes, log-probability)."""

    token: bytes
    top: tuple[tuple[bytes, float], ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """For the student tokens `at` (index in the answer): K ids (-1 = none) and their logp."""

    at: list[int]
    ids: list[int]
    logp: list[float]


def map_logprobs(
    answer: list[bytes], teacher: list[TokenLogprob], ids: dict[bytes, int], k: int
) -> Mapped:
    """Map the teacher's distributions onto the student's tokens.

    Args:
        answer: bytes of each token of the student's answer.
        teacher: the teacher's tokens in order.
        ids: student id by bytes.
        k: outcomes to keep per token.
    """
    mapped = Mapped([], [], [])
    by_edges = _edges(teacher)
    moved = _offsets(b"".join(answer), b"".join(entry.token for entry in teacher))
    start = 0
    for index, piece in enumerate(answer):
        end = start + len(piece)
        shift = moved.get(start)
        entry = by_edges.get((start + shift, end + shift)) if shift is not None else None
        if entry is not None and entry.token == piece:
            _keep(mapped, index, entry, ids, k)
        start = end
    return mapped


def _keep(mapped: Mapped, index: int, entry: TokenLogprob, ids: dict[bytes, int], k: int) -> None:
    known = [(ids[token], max(logp, FLOOR)) for token, logp in entry.top if token in ids]
    if entry.token not in ids or ids[entry.token] not in dict(known):
        return
    known = sorted(dict(known).items(), key=lambda pair: -pair[1])[:k]
    mapped.at.append(index)
    mapped.ids.extend([pair[0] for pair in known] + [-1] * (k - len(known)))
    mapped.logp.extend([pair[1] for pair in known] + [FLOOR] * (k - len(known)))


def _edges(teacher: list[TokenLogprob]) -> dict[tuple[int, int], TokenLogprob]:
    edges, start = {}, 0
    for entry in teacher:
        edges[(start, start + len(entry.token))] = entry
        start += len(entry.token)
    return edges


def _offsets(answer: bytes, raw: bytes) -> dict[int, int]:
    """For each byte of the answer that stands in the teacher's text too: how far it is moved."""
    at = raw.find(answer)
    if at >= 0:
        return dict.fromkeys(range(len(answer)), at)
    matcher = SequenceMatcher(None, answer, raw, autojunk=False)
    moved: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        moved.update(dict.fromkeys(range(block.a, block.a + block.size), block.b - block.a))
    return moved
