"""Texts, spans and log-probabilities → examples with everything aligned to their tokens."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import Any

from ops.examples.join import Entry
from ops.shards.config import ShardsConfig
from ops.shards.distributions import Distributions
from ops.shards.teacher import map_logprobs
from ops.shards.vocabulary import token_ids
from ops.spans.contract import KINDS
from ops.student.encode import encode_all, pieces


def examples(
    entries: Iterable[Entry],
    logprobs: Distributions,
    tokenizer: Any,
    config: ShardsConfig,
) -> Iterator[list[tuple[Entry, dict[str, Any]]]]:
    """Each entry with its row of ops.shards.contract.SHARD, `rows_per_shard` at a time."""
    vocabulary = token_ids(tokenizer)
    spelt = {index: piece for piece, index in vocabulary.items()}
    left = iter(entries)
    while block := list(islice(left, config.rows_per_shard)):
        rows = []
        for entry, parts in zip(block, _encoded(block, tokenizer), strict=True):
            row = _row(entry, parts, config)
            told = logprobs.of(entry.text["request_key"])
            # The teacher wrote the last answer; those before it stand in its prompt.
            written = [spelt.get(index, b"\xff") for index in parts[-1]]
            mapped = map_logprobs(written, told, vocabulary, config.top_k)
            before = len(row["input_ids"]) - len(parts[-1])
            row["teacher_at"] = [before + at for at in mapped.at]
            row["teacher_ids"], row["teacher_logp"] = mapped.ids, mapped.logp
            rows.append(row)
        yield list(zip(block, rows, strict=True))


def _row(entry: Entry, parts: list[list[int]], config: ShardsConfig) -> dict[str, Any]:
    """The example but for its teacher; `parts` are the ids of its pieces."""
    ids = [index for part in parts for index in part]
    spans = entry.spans if config.process_supervision else _undecided(parts)
    return {
        "prompt_id": entry.text["prompt_id"],
        "split": entry.text["split"],
        "input_ids": ids,
        "span_kind": kinds(len(ids), spans),
    }


def _undecided(parts: list[list[int]]) -> list[dict[str, Any]]:
    """Context is context, every other token is prose."""
    edges = [0, *accumulate(map(len, parts))]
    return [
        {"kind": "prompt", "token_start": start, "token_end": end}
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]


def _encoded(block: list[Entry], tokenizer: Any) -> Iterator[list[list[int]]]:
    """Ids of each piece of each text: they are encoded apart (ops/student/encode.py says why)."""
    cut = [pieces(entry.text["text"], entry.text["cuts"]) for entry in block]
    ids = iter(encode_all(tokenizer, [piece for one in cut for piece in one]))
    return (list(islice(ids, len(one))) for one in cut)


def kinds(length: int, spans: Iterable[dict[str, Any]]) -> list[int]:
    """The kind of each token; where spans overlap, the later word of KINDS wins."""
    per_token = [KINDS.index("prose")] * length
    for span in sorted(spans, key=lambda span: KINDS.index(span["kind"])):
        count = span["token_end"] - span["token_start"]
        per_token[span["token_start"] : span["token_end"]] = [KINDS.index(span["kind"])] * count
    return per_token
