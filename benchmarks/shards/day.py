"""A day's folder of as many rows as are asked for, as the stages before the shards leave it.

Rows beyond those of the texts are the same texts under other ids. The teacher's distributions are
drawn: as many outcomes as a real one tells, the likeliest the token that stands there.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.shards.vocabulary import token_ids
from ops.spans.contract import SPANS, TEXTS
from ops.spans.supervision import Supervision
from ops.student.encode import encode_all
from ops.teacher.contract import LOGPROB_NUMBERS, LOGPROBS, VOCABULARY

OUTCOMES = 20
Row = dict[str, Any]


def write(
    made: Supervision, tokenizer: Any, count: int, out: Path, outcomes: int = OUTCOMES
) -> None:
    """`count` rows in the order of their ids, with prompts, texts, spans and log-probabilities."""
    texts = tables.rows(made.texts)
    spans: dict[str, list[Row]] = {text["prompt_id"]: [] for text in texts}
    for span in tables.rows(made.spans):
        spans[span["prompt_id"]].append(span)
    answers = encode_all(tokenizer, [text["text"][text["cuts"][-2] :] for text in texts])
    drawn = np.random.default_rng(7)
    with (
        tables.Writer(out / "prompts.parquet", PROMPTS) as prompts_file,
        tables.Writer(out / "texts.parquet", TEXTS) as texts_file,
        tables.Writer(out / "spans.parquet", SPANS) as spans_file,
        tables.Writer(out / "logprobs.parquet", LOGPROBS, LOGPROB_NUMBERS) as told_file,
    ):
        for prompt_id, number in _named(count, len(texts)):
            key = {"prompt_id": prompt_id, "request_key": "key-" + prompt_id}
            texts_file.add(texts[number] | key)
            prompts_file.add(_prompt(prompt_id))
            for span in spans[texts[number]["prompt_id"]]:
                spans_file.add(span | {"prompt_id": prompt_id})
            told_file.add(key | _told(answers[number], len(tokenizer), drawn))
    known = [{"id": index, "bytes": piece} for piece, index in token_ids(tokenizer).items()]
    tables.write(tables.from_rows(known, VOCABULARY), out / "logprobs_vocabulary.parquet")


def _named(count: int, different: int) -> Iterator[tuple[str, int]]:
    """(id, which text) in the order of the ids, which are as good as random."""
    named = ((hashlib.md5(b"%d" % n).hexdigest(), n % different) for n in range(count))
    yield from sorted(named)


def _prompt(prompt_id: str) -> Row:
    given = {"prompt_id": prompt_id, "split": "train", "kind": "single", "source": "measured"}
    return given | {"messages": "[]", "tools": "[]"}


def _told(answer: list[int], size: int, drawn: np.random.Generator) -> Row:
    """The likeliest has 60 % to 100 %; of what is left, each next takes about half.

    Outcomes are other tokens of a vocabulary of `size`.
    """
    steps = drawn.integers(1, size // OUTCOMES, (len(answer), OUTCOMES), dtype=np.int32)
    steps[:, 0] = answer
    first = drawn.uniform(0.6, 0.999, len(answer))
    less = np.cumsum(drawn.exponential(0.8, (len(answer), OUTCOMES - 1)), axis=1)
    nats = np.concatenate([np.log(first)[:, None], np.log1p(-first)[:, None] - less], axis=1)
    half = np.maximum(nats, -60).astype(np.float16)
    half[:, 1:] = np.minimum(half[:, 1:], half[:, :1])
    told = half.astype(np.float32)
    return {
        "k": OUTCOMES,
        "positions": len(answer),
        "token_ids": answer,
        "token_logprobs": told[:, 0],
        "top_ids": (np.cumsum(steps, axis=1, dtype=np.int32) % size).ravel(),
        "top_logprobs": told.ravel(),
    }
