"""What teacher_responses leaves in the lake: accepted answers, refused ones, log-probabilities."""

from typing import get_args

import pyarrow as pa

from ops.toolcalls.call import Dialect

# Why a prompt has no accepted answer. First what ends without one, which mostly costs nothing;
# then answers that came, and were paid for.
REASONS = (
    "not_recorded",  # a replay holds no answer to this prompt
    "budget",  # asking would have gone over the budget
    "rate_limited",  # told to wait, after all tries
    "timeout",  # no whole answer within the deadline, after all tries
    "connect",  # refused, reset or broken off, after all tries
    "http_5xx",  # the endpoint failed, after all tries
    "bad_request",  # the endpoint refuses this request: any other error status
    "auth",  # the endpoint refuses the key
    "cancelled",  # ended before it was answered, by us or by the endpoint
    "content_filter",  # stopped by the endpoint's filter
    "malformed",  # the body is not a chat completion
    "reasoning",  # reasoning came along, and the profile rejects that
    "reasoning_starved",  # nothing but reasoning, which is dropped
    "reasoning_left",  # reasoning where nothing may be cut out: in a call, in JSON, behind escapes
    "truncated",  # cut at max_tokens
    "refusal",  # the model declined
    "empty",  # neither words nor a call
    "broken_call",  # a call that does not parse
    "schema",  # a call that breaks the tool's schema, or an unknown tool
    "wrong_answer",  # known to be wrong: other calls than the prompt's expected ones
)
UNFINISHED = ("budget", "rate_limited", "timeout", "connect", "http_5xx", "auth", "cancelled")
"""Reasons that may be gone when the same prompt is asked again."""


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


_PROMPT = [
    _column("prompt_id", pa.string(), "key of the prompt"),
    _column(
        "request_key", pa.string(), "digest of endpoint and request: all that changes an answer"
    ),
    _column("split", pa.string(), "train | repair | heldout"),
    _column("kind", pa.string(), "one of ops.prompts.contract.KINDS"),
    _column("source", pa.string(), "where the prompt came from"),
]
_USAGE = [
    _column("model", pa.string(), "model name in the answer", True),
    _column("system_fingerprint", pa.string(), "the endpoint's name for its configuration", True),
    _column("prompt_tokens", pa.int32(), "as the endpoint counted", True),
    _column("cached_tokens", pa.int32(), "of the prompt's tokens, those it had in a cache", True),
    _column("completion_tokens", pa.int32(), "as the endpoint counted, reasoning included", True),
    _column("reasoning_tokens", pa.int32(), "of the answer's tokens, those of reasoning", True),
    _column("reasoning_chars", pa.int32(), "characters of reasoning that came along"),
    _column("latency_ms", pa.int32(), "milliseconds from the request to the whole answer", True),
    _column("cost_microdollars", pa.int64(), "what the answer cost"),
    _column("cost_source", pa.string(), "usage | provider | estimated | none: who says so"),
]

RESPONSES = pa.schema(
    [
        *_PROMPT,
        _column("content", pa.string(), "the words of the answer, reasoning removed"),
        _column("calls", pa.string(), "JSON list of {name, arguments}, arguments in schema order"),
        _column(
            "dialect",
            pa.string(),
            "how the calls were written: " + " | ".join((*get_args(Dialect), "none")),
        ),
        *_USAGE,
        _column("dropped", pa.string(), "JSON list of the carriers that reasoning came in"),
        _column("reasoning", pa.string(), "the reasoning, where a licence allows it", True),
        _column("reasoning_licence", pa.string(), "that licence", True),
        _column(
            "logprobs", pa.string(), "kept | absent | misaligned | unused, which is not trained on"
        ),
    ]
)

REFUSED = pa.schema(
    [
        *_PROMPT,
        _column("reason", pa.string(), "one of " + ", ".join(REASONS)),
        _column("detail", pa.string(), "what was found, at most 300 characters"),
        *_USAGE,
    ]
)

# Nats are as exact as half precision and 32 bits wide: the bytes that are always zero compress to
# nothing, and DuckDB reads no half precision that is stored byte by byte.
# What is left of a position's mass is the tail, log1p(-sum(exp(top_logprobs))): not stored.
LOGPROBS = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("request_key", pa.string(), "digest of endpoint and request"),
        _column("k", pa.int32(), "outcomes a position"),
        _column("positions", pa.int32(), "tokens of the visible answer"),
        _column("token_ids", pa.list_(pa.int32()), "per position the token that stands there"),
        _column("token_logprobs", pa.list_(pa.float32()), "its log-probability, nats"),
        _column(
            "top_ids", pa.list_(pa.int32()), "per position k outcomes, likeliest first; -1 = none"
        ),
        _column("top_logprobs", pa.list_(pa.float32()), "theirs, nats, -60 at least; -60 for none"),
    ]
)
LOGPROB_NUMBERS = ("token_ids", "token_logprobs", "top_ids", "top_logprobs")

VOCABULARY = pa.schema(
    [
        _column("id", pa.int32(), "id in logprobs.parquet: the teacher's own, or given out here"),
        _column("bytes", pa.binary(), "what the token stands for"),
    ]
)
