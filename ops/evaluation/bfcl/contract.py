"""What a measurement by the benchmark leaves: one row a case."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


CASES = pa.schema(
    [
        _column("id", pa.string(), "the case, as in the benchmark's file"),
        _column("category", pa.string(), "the benchmark's category"),
        _column(
            "output",
            pa.string(),
            "the answer: its text, or the assistant message as JSON where calls came in a field "
            "of their own; null = none",
            True,
        ),
        _column(
            "finished", pa.bool_(), "whether the answer ended by itself; null = no answer", True
        ),
        _column(
            "calls",
            pa.string(),
            "JSON list of the calls read: {name, arguments}; null = not readable, or no answer",
            True,
        ),
        _column("valid", pa.bool_(), "right by the benchmark's rules; null = not judged", True),
        _column(
            "error_type",
            pa.string(),
            "what is wrong, in the benchmark's words; of a case that is not judged, why",
            True,
        ),
        _column("error", pa.string(), "one line about it, at most 300 characters", True),
    ]
)
