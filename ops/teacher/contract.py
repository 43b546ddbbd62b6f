"""What teacher_responses leaves in the lake: accepted answers, refused ones, log-probabilities."""

import pyarrow as pa

# Why a prompt has no accepted answer. The first four cost nothing; the others were paid for.
REASONS = (
    "unreachable",  # connection refused, reset or timed out, after all tries
    "http_error",  # the endpoint answered with an error status, after all tries
    "not_recorded",  # a replay holds no answer to this prompt
    "budget",  # asking would have gone over the budget
    "malformed",  # the body is not a chat completion
    "reasoning_starved",  # nothing but reasoning, which is dropped
    "truncated",  # cut at max_tokens
    "refusal",  # the model declined
    "empty",  # neither words nor a call
    "broken_call",  # a call that does not parse
    "schema",  # a call that breaks the tool's schema, or an unknown tool
    "reasoning_left",  # a reasoning tag that was found only after the calls were read
    "wrong_answer",  # known to be wrong: other calls than the prompt's expected ones
)


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


_PROMPT = [
    _column("prompt_id", pa.string(), "key of the prompt"),
    _column(
        "request_key", pa.string(), "digest of endpoint and request: all that changes an answer"
    ),
    _column("split", pa.string(), "train | repair | heldout"),
    _column("kind", pa.string(), "single | choice | parallel | integration | no_tool | external"),
    _column("source", pa.string(), "where the prompt came from"),
]
_USAGE = [
    _column("model", pa.string(), "model name in the answer", True),
    _column("prompt_tokens", pa.int32(), "as the endpoint counted", True),
    _column("completion_tokens", pa.int32(), "as the endpoint counted, reasoning included", True),
    _column("cost_microdollars", pa.int64(), "usage times the profile's prices"),
]

RESPONSES = pa.schema(
    [
        *_PROMPT,
        _column("content", pa.string(), "the words of the answer, reasoning removed"),
        _column("calls", pa.string(), "JSON list of {name, arguments}, arguments in schema order"),
        _column(
            "dialect",
            pa.string(),
            "how the calls were written: openai | hermes | fenced | bare | none",
        ),
        *_USAGE,
        _column("dropped", pa.string(), "JSON list of reasoning carriers that were dropped"),
        _column("logprobs", pa.string(), "kept | absent | misaligned"),
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

LOGPROBS = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("tokens", pa.list_(pa.binary()), "the teacher's tokens, as bytes"),
        _column("top_tokens", pa.list_(pa.list_(pa.binary())), "per token the likeliest outcomes"),
        _column("top_logprobs", pa.list_(pa.list_(pa.float32())), "their log-probabilities, nats"),
    ]
)
