"""Texts, spans and log-probabilities → examples with everything aligned to their tokens."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ops.shards.config import ShardsConfig
from ops.shards.distributions import Distributions
from ops.shards.join import Entry
from ops.shards.teacher import map_logprobs
from ops.shards.vocabulary import token_ids
from ops.spans.contract import KINDS
from ops.student.encode import encode_all


def examples(
    entries: Iterable[Entry],
    logprobs: Distributions,
    tokenizer: Any,
    config: ShardsConfig,
) -> Iterator[list[tuple[Entry, dict[str, Any]]]]:
    """Each entry with its row of ops.shards.contract.SHARD, `rows_per_shard` at a time."""
    vocabulary = token_ids(tokenizer)
    pieces = {index: piece for piece, index in vocabulary.items()}
    left = iter(entries)
    while block := list(islice(left, config.rows_per_shard)):
        rows = []
        for entry, (prompt, reply) in zip(block, _encoded(block, tokenizer), strict=True):
            text = entry.text
            answer = [pieces.get(index, b"\xff") for index in reply]
            mapped = map_logprobs(answer, logprobs.of(text["request_key"]), vocabulary, config.top_k)
            rows.append(
                {
                    "prompt_id": text["prompt_id"],
                    "split": text["split"],
                    "input_ids": prompt + reply,
                    "span_kind": _kinds(len(prompt), len(reply), entry.spans, config),
                    "prompt_tokens": len(prompt),
                    "teacher_at": mapped.at,
                    "teacher_ids": mapped.ids,
                    "teacher_logp": mapped.logp,
                }
            )
        yield list(zip(block, rows, strict=True))


def _encoded(block: list[Entry], tokenizer: Any) -> Iterator[tuple[list[int], list[int]]]:
    """Ids of prompt and answer, which are encoded apart (ops/student/encode.py says why)."""
    texts = [entry.text["text"] for entry in block]
    cuts = [entry.text["prompt_chars"] for entry in block]
    parts = [text[:cut] for text, cut in zip(texts, cuts, strict=True)]
    parts += [text[cut:] for text, cut in zip(texts, cuts, strict=True)]
    ids = encode_all(tokenizer, parts)
    return zip(ids[: len(block)], ids[len(block) :], strict=True)


def _kinds(prompt: int, reply: int, spans: list[dict[str, Any]], config: ShardsConfig) -> list[int]:
    if config.process_supervision:
        return kinds(prompt + reply, spans)
    return [KINDS.index("prompt")] * prompt + [KINDS.index("prose")] * reply


def kinds(length: int, spans: Iterable[dict[str, Any]]) -> list[int]:
    """The kind of each token; where spans overlap, the later word of KINDS wins."""
    per_token = [KINDS.index("prose")] * length
    for span in sorted(spans, key=lambda span: KINDS.index(span["kind"])):
        count = span["token_end"] - span["token_start"]
        per_token[span["token_start"] : span["token_end"]] = [KINDS.index(span["kind"])] * count
    return per_token
