"""What the failure table holds: one row for each answer that is not right, with its evidence; and
which of them are alike.

The origin keeps faults of the pipeline (a judge's, a rewriter's answer) apart from the student's.
"""

import pyarrow as pa

ORIGINS = ("student", "teacher", "judge", "rewriter")


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


FAILURES = pa.schema(
    [
        _column("run", pa.string(), "the run whose answers were judged"),
        _column("prompt_id", pa.string(), "the prompt, as in prompts.parquet"),
        _column("split", pa.string(), "train | repair | heldout"),
        _column("kind", pa.string(), "the prompt's kind"),
        _column("mode", pa.string(), "free | constrained"),
        _column("category", pa.string(), "exactly one of the categories of evaluations.parquet"),
        _column("origin", pa.string(), "student | teacher | judge | rewriter: whose answer it is"),
        _column("offset", pa.int32(), "character of `output` where the fault is", True),
        _column("expected", pa.string(), "what should be there, at most 200 characters"),
        _column("found", pa.string(), "what is there, at most 200 characters"),
        _column("output", pa.string(), "the answer, without its end token"),
        _column("finished", pa.bool_(), "whether the student ended the answer itself"),
        _column("tools", pa.string(), "JSON list of the names of the offered tools"),
        _column(
            "wanted_tool",
            pa.string(),
            "name of the first right call; null = none, or not known",
            True,
        ),
        _column("called_tool", pa.string(), "name of the first call made; null = none", True),
    ]
)

CLUSTERS = pa.schema(
    [
        _column("prompt_id", pa.string(), "the prompt, as in failures.parquet"),
        _column("mode", pa.string(), "free | constrained"),
        _column("cluster", pa.int32(), "number of its cluster, from 0, the largest first"),
        _column("label", pa.string(), "the terms that set the cluster apart, heaviest first"),
    ]
)
