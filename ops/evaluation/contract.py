"""What an evaluation leaves in the lake: one row a prompt and decoding mode.

What is measured from the words alone is here; how long it took is not.
"""

import pyarrow as pa

MODES = ("free", "constrained")

# The first that applies, in this order, is an answer's category; an answer that is right has none.
CATEGORIES = {
    "truncated": "the answer was cut off, inside a call or before its end",
    "json_parse_error": "a call is not JSON",
    "invented_tool": "a call of a tool that was not offered",
    "needless_call": "a call where none is right",
    "empty": "no words and no call",
    "refusal": "the answer declines to help where it should not",
    "missing_call": "words where a call is right",
    "wrong_tool": "a call of an offered tool that is not the right one, or one call too many",
    "wrong_type": "an argument of another type than the tool declares",
    "schema_violation": "an argument is missing, unknown or outside what the schema allows",
    "incomplete": "right calls, but fewer than expected",
    "wrong_argument_value": "an argument is of the right type and has another value",
    "integration_error": "the answer does not carry what the tool found",
    "format_leak": "the words hold tokens of the chat template",
}


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


EVALUATIONS = pa.schema(
    [
        _column("prompt_id", pa.string(), "the prompt, as in prompts.parquet"),
        _column("split", pa.string(), "train | repair | heldout"),
        _column("kind", pa.string(), "the prompt's kind"),
        _column("source", pa.string(), "where the prompt comes from"),
        _column("mode", pa.string(), "free | constrained (by the grammar of the offered tools)"),
        _column("output", pa.string(), "the student's answer, without its end token"),
        _column("finished", pa.bool_(), "whether the student ended the answer itself"),
        _column("tokens", pa.int32(), "tokens of the answer, with its end token"),
        _column("calls", pa.string(), "JSON list of the calls read: {name, arguments}"),
        _column("calls_expected", pa.int32(), "right calls of the prompt; null = not known", True),
        _column(
            "json_valid",
            pa.bool_(),
            "every call parses and fits its tool's schema; null = no call made",
            True,
        ),
        _column(
            "in_grammar",
            pa.bool_(),
            "the answer, calls and words, is to the byte one that the tool grammar allows; "
            "null = no call made",
            True,
        ),
        _column(
            "tool_selected",
            pa.bool_(),
            "the names called are the names expected, each as often; null = not known",
            True,
        ),
        _column("arguments_right", pa.int32(), "arguments with an accepted value"),
        _column("arguments_total", pa.int32(), "arguments that had to be given, or were"),
        _column(
            "exact",
            pa.bool_(),
            "every call right, none too many, every result carried; null = not known",
            True,
        ),
        _column("needless_call", pa.bool_(), "a call where none is right"),
        _column("missing_call", pa.bool_(), "no call where one is right"),
        _column(
            "integration_f1",
            pa.float64(),
            "0..1, results carried against numbers and quotes made up; null = none to carry",
            True,
        ),
        _column(
            "category",
            pa.string(),
            "what is wrong, see CATEGORIES; null = nothing, or not known",
            True,
        ),
        _column(
            "evidence_offset",
            pa.int32(),
            "character of `output` where the fault is; null = nowhere in particular",
            True,
        ),
        _column(
            "evidence_expected", pa.string(), "what should be there, at most 200 characters", True
        ),
        _column("evidence_found", pa.string(), "what is there, at most 200 characters", True),
    ]
)
