"""What negative_examples leaves in the lake: pairs of a right and a wrong answer to a prompt.

A negative is no text to learn: it is in no shard and never a target of a cross-entropy. What a loss
needs is in the row: log p(positive) against log p(negative) over the tokens that differ, both after
the tokens that are equal (ops/training/pairs.py).
"""

import pyarrow as pa

from ops.negatives.config import KINDS

# Why an example has no negative of a kind.
ABSENT = (
    "no_call",  # the right answer is words
    "not_no_tool",  # the prompt is of another kind than no_tool
    "no_tool_offered",
    "no_other_tool",  # one tool is offered
    "no_required_argument",
    "no_argument",
    "open_schema",  # the tool takes any further argument
    "any_type",  # no argument whose type the schema states
    "no_valid_arguments",  # none were found that fit the schema
    "positive_not_right",  # the scorer has something against the example itself
    "not_canonical",  # it is not written as render_answer writes
    "not_rejected",  # the scorer finds the negative right, or wrong for another reason
    "same_tokens",  # the tokenizer makes no difference
    "too_long",  # with the prompt over the student's context
    "over_most",  # not tried: there are enough of this example
)


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    return pa.field(name, kind, False, {"doc": doc})


_IDS = pa.list_(pa.int32())
NEGATIVES = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("split", pa.string(), "train: of no other split there are negatives"),
        _column("prompt_kind", pa.string(), "one of ops.prompts.contract.KINDS"),
        _column("negative_kind", pa.string(), "one of " + ", ".join(KINDS)),
        _column("tool", pa.string(), "the right call's tool; empty where none is called"),
        _column("other_tool", pa.string(), "the tool that the negative calls in its place"),
        _column("argument", pa.string(), "the argument that is wrong; empty where none is"),
        _column("category", pa.string(), "what the scorer says of the negative"),
        _column("positive", pa.string(), "the right answer with its end token"),
        _column("negative", pa.string(), "the wrong answer with its end token"),
        _column("positive_start", pa.int32(), "first character of the positive that differs"),
        _column("positive_end", pa.int32(), "character after the last"),
        _column("negative_start", pa.int32(), "first character of the negative that differs"),
        _column("negative_end", pa.int32(), "character after the last"),
        _column("prompt_ids", _IDS, "tokens before either answer, as in token_shards"),
        _column("positive_ids", _IDS, "tokens of the positive"),
        _column("negative_ids", _IDS, "tokens of the negative"),
        _column("positive_from", pa.int32(), "first token of the positive that differs"),
        _column("positive_to", pa.int32(), "token after the last, at least one on"),
        _column("negative_from", pa.int32(), "first token of the negative that differs"),
        _column("negative_to", pa.int32(), "token after the last, at least one on"),
        _column("tokenizer", pa.string(), "SHA-256 of the tokenizer, as in process_spans"),
    ]
)
