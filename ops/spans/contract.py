"""What process_spans leaves in the lake: the training texts, and the spans in them."""

import pyarrow as pa

# Later words win where spans overlap: a tool name lies inside an action, a value inside the
# arguments. The tokens that are left of json_arguments are their structure: braces, keys, commas.
KINDS = (
    "prompt",
    "observation",
    "prose",
    "reasoning",
    "action",
    "integration",
    "json_arguments",
    "json_value",
    "tool_name",
)
# What the student reads and never writes; every other token is supervised.
CONTEXT_KINDS = ("prompt", "observation")
# The decisions that process supervision names, and the kinds of their tokens.
DECISIONS = {
    "tool_name": ("tool_name",),
    "json_arguments": ("json_arguments", "json_value"),
    "integration": ("integration",),
}


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    return pa.field(name, kind, False, {"doc": doc})


TEXTS = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("request_key", pa.string(), "key of the teacher's answer in the text"),
        _column("split", pa.string(), "train | repair | heldout"),
        _column("prompt_kind", pa.string(), "one of ops.prompts.contract.KINDS"),
        _column("text", pa.string(), "the whole example in the student's chat template"),
        _column(
            "cuts",
            pa.list_(pa.int32()),
            "characters where context and answer take turns: text[:cuts[0]] is context, "
            "text[cuts[0]:cuts[1]] an answer, and so on; the last is the end of the text",
        ),
        _column("tokens", pa.int32(), "tokens of the whole text"),
        _column("answer_tokens", pa.int32(), "tokens of its answers"),
        _column("tokenizer", pa.string(), "SHA-256 of the tokenizer that counted them"),
    ]
)

SPANS = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("kind", pa.string(), "one of " + ", ".join(KINDS)),
        _column("start", pa.int32(), "first character in text"),
        _column("end", pa.int32(), "character after the last"),
        _column("token_start", pa.int32(), "first token that overlaps the span"),
        _column("token_end", pa.int32(), "token after the last that overlaps it"),
        _column("straddles", pa.bool_(), "a token at an edge holds characters outside the span"),
        _column("content", pa.string(), "text[start:end]"),
    ]
)

SKIPPED = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("split", pa.string(), "train | repair | heldout"),
        _column("reason", pa.string(), "too_long | not_json | surrogate | template"),
        _column("detail", pa.string(), "what was found and what was expected"),
    ]
)
