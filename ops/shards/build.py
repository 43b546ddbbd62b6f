"""Texts, spans and log-probabilities → examples with everything aligned to their tokens."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate, chain, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ops.examples.join import Entry
from ops.shards.config import ShardsConfig
from ops.shards.teacher import Told, map_logprobs
from ops.spans.contract import KINDS
from ops.student.encode import encode_all, pieces

Asked = tuple[Entry, Told | None]
"""An entry, and what the teacher told of its answer."""
_INDEX = {kind: index for index, kind in enumerate(KINDS)}
_UNKNOWN = b"\xff"
"""What stands for a token whose bytes are not known: no text in UTF-8 holds it."""


class Example(NamedTuple):
    """A row of ops.shards.contract.SHARD, the row of TEXTS it is of, and the token at which the
    last answer begins.
    """

    row: dict[str, Any]
    text: dict[str, Any]
    answer: int


def examples(
    entries: Iterable[Asked],
    tokenizer: Any,
    vocabulary: Mapping[bytes, int],
    config: ShardsConfig,
) -> Iterator[list[Example]]:
    """The example of each entry, `rows_per_shard` at a time.

    `vocabulary` holds the student's ids by bytes (vocabulary.py).
    """
    spelt = dict(zip(vocabulary.values(), vocabulary, strict=True))
    for block, parts_of in _ahead(entries, tokenizer, config.rows_per_shard):
        listed = []
        for (entry, told), parts in zip(block, parts_of, strict=True):
            row = _row(entry, parts, config)
            # The teacher wrote the last answer; those before it stand in its prompt.
            answer = len(row["input_ids"]) - len(parts[-1])
            row |= _teacher(parts[-1], answer, told, spelt, config)
            listed.append(Example(row, entry.text, answer))
        yield listed


def _row(entry: Entry, parts: list[list[int]], config: ShardsConfig) -> dict[str, Any]:
    """The example but for its teacher; `parts` are the ids of its pieces."""
    ids = np.asarray(list(chain.from_iterable(parts)), np.int32)
    spans = entry.spans if config.process_supervision else _undecided(parts)
    return {
        "prompt_id": entry.text["prompt_id"],
        "split": entry.text["split"],
        "prompt_kind": entry.text["prompt_kind"],
        "source": entry.text["source"],
        "licence": entry.text["licence"],
        "weight": 1.0,
        "tools": entry.text["tools"],
        "has_call": any(span["kind"] == "action" for span in entry.spans),
        "input_ids": ids,
        "span_kind": kinds(len(ids), spans),
    }


def _teacher(
    written: list[int],
    answer: int,
    told: Told | None,
    spelt: Mapping[int, bytes],
    config: ShardsConfig,
) -> dict[str, Any]:
    """The columns of the teacher; `written` is the last answer, which begins at token `answer`."""
    if told is None:
        return {"has_distribution": False, "teacher_at": [], "teacher_ids": [], "teacher_logp": []}
    said = [spelt.get(index, _UNKNOWN) for index in written]
    mapped = map_logprobs(said, np.asarray(written, np.int32), told, config.top_k)
    return {
        "has_distribution": len(mapped.at) > 0,
        "teacher_at": (mapped.at + answer).astype(np.int32),
        "teacher_ids": mapped.ids,
        "teacher_logp": mapped.logp.astype(np.float32),
    }


def _undecided(parts: list[list[int]]) -> list[dict[str, Any]]:
    """Context is context, every other token is prose."""
    edges = [0, *accumulate(map(len, parts))]
    return [
        {"kind": "prompt", "token_start": start, "token_end": end}
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]


def _ahead(
    entries: Iterable[Asked], tokenizer: Any, size: int
) -> Iterator[tuple[list[Asked], list[list[list[int]]]]]:
    """`size` entries at a time with the ids of their pieces; the next are encoded meanwhile."""
    left = iter(entries)
    with ThreadPoolExecutor(1) as pool:
        ready: deque[tuple[list[Asked], Future[list[list[list[int]]]]]] = deque()
        while block := list(islice(left, size)):
            ready.append((block, pool.submit(_encoded, block, tokenizer)))
            if len(ready) > 1:
                first, ids = ready.popleft()
                yield first, ids.result()
        for first, ids in ready:
            yield first, ids.result()


def _encoded(block: list[Asked], tokenizer: Any) -> list[list[list[int]]]:
    """Ids of each piece of each text: they are encoded apart (ops/student/encode.py says why)."""
    cut = [pieces(entry.text["text"], entry.text["cuts"]) for entry, _ in block]
    ids = iter(encode_all(tokenizer, [piece for one in cut for piece in one]))
    return [list(islice(ids, len(one))) for one in cut]


def kinds(length: int, spans: Iterable[dict[str, Any]]) -> NDArray[np.uint8]:
    """The kind of each token; where spans overlap, the later word of KINDS wins."""
    per_token = np.full(length, _INDEX["prose"], np.uint8)
    for kind, start, end in sorted(
        (_INDEX[span["kind"]], span["token_start"], span["token_end"]) for span in spans
    ):
        per_token[start:end] = kind
    return per_token
