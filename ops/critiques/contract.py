"""What critique_table leaves in the lake: corrections, and failures that got none.

Corrections that a user brings (ops/critiques/gather.py) are rows of the same table, so that an
adapter is trained on either; what of his files cannot be used is in REJECTED. Beside the tables lie
SELF_CRITIQUE and HARD_FAILURES, the same as JSON lines in the published form (export.py).
"""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


CRITIQUES = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt; of the repair split"),
        _column("category", pa.string(), "the failure's category"),
        _column("prompt", pa.string(), "the rendered prompt"),
        _column(
            "bad_output",
            pa.string(),
            "what the student wrote, without its end; null = a file did not tell",
            True,
        ),
        _column("finished", pa.bool_(), "whether the student ended that itself"),
        _column(
            "critique",
            pa.string(),
            "the teacher's sentence on it; null = not asked or refused",
            True,
        ),
        _column("corrected", pa.string(), "the answer to learn, with its end"),
        _column(
            "saw_reference",
            pa.bool_(),
            "whether who wrote the correction was shown what is right",
        ),
        _column(
            "reason",
            pa.string(),
            "why the critique's own correction was not taken, as in UNREPAIRED; null = it was",
            True,
        ),
        _column(
            "student_score", pa.float64(), "0..1, form of the calls in bad_output (ops/caws/score)"
        ),
        _column("teacher_score", pa.float64(), "0..1, the same of corrected"),
        _column(
            "origin",
            pa.string(),
            "critique | first_answer: which of the teacher's answers it is, which passed the "
            "scorer; self_critique | hard_failure: the user's file that it came from",
        ),
    ]
)

UNREPAIRED = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("category", pa.string(), "the failure's category"),
        _column(
            "reason",
            pa.string(),
            "why no corrected answer passed: a reason of the teacher's, or the scorer's; "
            "rewriter_truncated = the critique met its own cap, which is no fault of the student",
        ),
        _column("detail", pa.string(), "what was found, at most 300 characters"),
    ]
)

REJECTED = pa.schema(
    [
        _column("file", pa.string(), "name of the user's file"),
        _column("line", pa.int64(), "of the row in it, from 1; 0 = the file as a whole"),
        _column("reason", pa.string(), "why the row is not learnt"),
        _column("detail", pa.string(), "what was found, at most 300 characters"),
    ]
)

SELF_CRITIQUE, HARD_FAILURES = "self_critique.jsonl", "hard_failures.jsonl"
