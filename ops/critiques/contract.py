"""What critique_table leaves in the lake: corrections, and failures that got none."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


CRITIQUES = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt; of the repair split"),
        _column("category", pa.string(), "the failure's category"),
        _column("prompt", pa.string(), "the rendered prompt"),
        _column("bad_output", pa.string(), "what the student wrote, without its end"),
        _column("finished", pa.bool_(), "whether the student ended that itself"),
        _column(
            "critique",
            pa.string(),
            "the teacher's sentence on it; null = not asked or refused",
            True,
        ),
        _column(
            "corrected", pa.string(), "the answer to learn, with its end; it passed the scorer"
        ),
        _column(
            "student_score", pa.float64(), "0..1, form of the calls in bad_output (ops/caws/score)"
        ),
        _column("teacher_score", pa.float64(), "0..1, the same of corrected"),
        _column(
            "origin", pa.string(), "critique | first_answer: which of the teacher's answers it is"
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
            "why no corrected answer passed: a reason of the teacher's, or the scorer's",
        ),
        _column("detail", pa.string(), "what was found, at most 300 characters"),
    ]
)
