"""What an evaluation leaves in the lake: one row a prompt and decoding mode, and what hangs on it.

Each table's columns are here: the answers, their arguments, conversations that went on after a
call, and the comparison with another evaluation of the same prompts. What is measured from the
words alone is in these; how long it took is in PACE, under logs/, where no data version looks.
"""

import pyarrow as pa

SPLITS = ("repair", "heldout")
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
        _column(
            "right_nats",
            pa.float64(),
            "minus the log-probability of the teacher's answer and its end, given the prompt; "
            "null = not known, no room, or not the free mode (it has no part in it)",
            True,
        ),
        _column("right_tokens", pa.int32(), "tokens of that answer, with its end token", True),
    ]
)

ARGUMENTS = pa.schema(
    [
        _column("prompt_id", pa.string(), "the prompt, as in prompts.parquet"),
        _column("split", pa.string(), "repair | heldout"),
        _column("mode", pa.string(), "free | constrained"),
        _column("call", pa.int32(), "which of the expected calls, from 0"),
        _column("tool", pa.string(), "the expected call's tool"),
        _column("argument", pa.string(), "the argument's name"),
        _column(
            "type", pa.string(), "as the tool declares it, or the JSON type of the accepted value"
        ),
        _column("expected", pa.string(), "JSON list of accepted values; [] = none should be there"),
        _column("found", pa.string(), "the JSON value; null = none was given", True),
        _column(
            "fault",
            pa.string(),
            "no_call | missing | unexpected | type | value; null = right",
            True,
        ),
    ]
)

# Why a conversation did not go on after the student's call.
MISSES = {
    "broken_call": "a call that cannot be read",
    "no_call": "words where the recorded conversation has a call",
    "other_tool": "calls of other tools than were called there, or one too many or too few",
    "other_arguments": "the right tools, with arguments for which nothing is recorded",
    "too_long": "no room for the result and an answer to it",
}
BROKERED = pa.schema(
    [
        _column("prompt_id", pa.string(), "the prompt whose messages hold call and result"),
        _column("split", pa.string(), "repair | heldout"),
        _column("mode", pa.string(), "free | constrained"),
        _column("call", pa.string(), "the student's answer to the request before the call"),
        _column("hit", pa.bool_(), "each of its calls has a recorded result, and none is missing"),
        _column("reason", pa.string(), "one of MISSES; null = hit", True),
        _column("output", pa.string(), "its answer to the results; null = no hit", True),
        _column("finished", pa.bool_(), "whether it ended that answer itself", True),
        _column("integration_f1", pa.float64(), "as in EVALUATIONS, of that answer", True),
        _column("carried", pa.bool_(), "that answer is right: words that hold every result", True),
    ]
)

VERDICTS = ("better", "worse", "noise")
COMPARISON = pa.schema(
    [
        _column("split", pa.string(), "repair | heldout"),
        _column("mode", pa.string(), "free | constrained"),
        _column("measure", pa.string(), "a measure of ops.evaluation.measures, or a category"),
        _column("kind", pa.string(), "the prompts' kind; all = every kind"),
        _column("n", pa.int32(), "prompts where it is known before and after"),
        _column("before", pa.float64(), "the measure over these prompts"),
        _column("after", pa.float64(), "the same"),
        _column("difference", pa.float64(), "after less before"),
        _column("low", pa.float64(), "lower bound of the difference, 95 %, paired bootstrap"),
        _column("high", pa.float64(), "upper bound"),
        _column("gained", pa.int32(), "prompts that are better after"),
        _column("lost", pa.int32(), "prompts that are worse after"),
        _column("p", pa.float64(), "exact McNemar (sign) test of gained against lost, two-sided"),
        _column(
            "p_adjusted",
            pa.float64(),
            "by Holm among the rows that could be told, of its split, mode and family (measures, "
            "or categories); null = so few changes that no split of them could be told",
            True,
        ),
        _column("verdict", pa.string(), " | ".join(VERDICTS) + ", at 5 % by p_adjusted"),
    ]
)

JUDGEMENTS = ("good", "partly", "bad")
JUDGED = pa.schema(
    [
        _column("prompt_id", pa.string(), "the prompt, as in prompts.parquet"),
        _column("kind", pa.string(), "the prompt's kind"),
        _column("output", pa.string(), "the student's words; free decoding, held-out prompts"),
        _column("verdict", pa.string(), " | ".join(JUDGEMENTS) + "; null = none", True),
        _column(
            "reason",
            pa.string(),
            "why there is no verdict: unreadable, or as in the table refused; null = there is one",
            True,
        ),
        _column("detail", pa.string(), "what came instead, at most 300 characters"),
    ]
)

PACE = pa.schema(
    [
        _column("task", pa.string(), "free | constrained | right | call_MODE | result_MODE"),
        _column("batch", pa.int32(), "number of the batch in its task"),
        _column("answers", pa.int32(), "in the batch"),
        _column("tokens", pa.int64(), "written, or read where the answer was given (right)"),
        _column("seconds", pa.float64(), "that the batch took"),
        _column("tokens_per_second", pa.float64(), "of the batch"),
    ]
)
