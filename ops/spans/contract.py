"""What process_spans leaves in the lake: the training texts, and the spans in them."""

import pyarrow as pa

from ops.prompts.contract import REASONS as UNREAD

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
RESPONSES = "responses"
"""The source of a text whose answer the teacher gave in this lake."""
# What the student reads and never writes; every other token is supervised.
CONTEXT_KINDS = ("prompt", "observation")
# The decisions that process supervision names, and the kinds of their tokens.
DECISIONS = {
    "tool_name": ("tool_name",),
    "json_arguments": ("json_arguments", "json_value"),
    "integration": ("integration",),
}
# Why there is no text of an answer or a trajectory; ops.prompts.contract.REASONS beside them, for a
# row that cannot be read.
REASONS = (
    "too_long",  # for the student's context
    "template",  # the student's template refuses the messages
    "no_answer",  # there is none, or none whose calls fit the tools that are offered
    "reasoning",  # the profile rejects answers that come with it, or it cannot be cut out
    "failed",  # a trajectory that says of itself that it did not succeed
    "tokenizer",  # a row of kd_mix.jsonl whose positions are those of another tokenizer
)


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    return pa.field(name, kind, False, {"doc": doc})


TEXTS = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("request_key", pa.string(), "key of the teacher's last answer; imported = none"),
        _column("source", pa.string(), "responses, or the file that a trajectory came from"),
        _column("licence", pa.string(), "licence of that file, as the profile names it"),
        _column("split", pa.string(), "train | repair | heldout"),
        _column("prompt_kind", pa.string(), "one of ops.prompts.contract.KINDS"),
        _column("tools", pa.string(), "JSON list of the tools on offer; empty where not known"),
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
        _column(
            "path",
            pa.string(),
            "JSON pointer of a json_value in the arguments of its call; empty for other kinds",
        ),
    ]
)

SKIPPED = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt; empty if it could not be read"),
        _column("split", pa.string(), "train | repair | heldout; empty if it could not be read"),
        _column("source", pa.string(), "responses, or the file that a trajectory came from"),
        _column("line", pa.int32(), "line of the file, from 1; 0 = no line, or the whole file"),
        _column("reason", pa.string(), "one of " + ", ".join((*REASONS, *UNREAD))),
        _column("detail", pa.string(), "what was found and what was expected"),
    ]
)
