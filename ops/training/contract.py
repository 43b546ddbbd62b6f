"""What a training run leaves in the lake: one row a step, beside the weights."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


STEPS = pa.schema(
    [
        _column("step", pa.int32(), "optimizer step, from 1"),
        _column("tokens", pa.int64(), "supervised tokens seen so far"),
        _column("loss", pa.float32(), "nats per supervised token; what was minimised"),
        _column("cross_entropy", pa.float32(), "nats per token, teacher's text", True),
        _column("divergence", pa.float32(), "nats per token with a teacher's distribution", True),
        _column("tool_name", pa.float32(), "nats per token of tool names", True),
        _column("json_arguments", pa.float32(), "nats per token of JSON arguments", True),
        _column("integration", pa.float32(), "nats per token that carries a tool's result", True),
        _column("grad_norm", pa.float32(), "L2, before clipping"),
        _column("learning_rate", pa.float32(), "of this step"),
        _column(
            "validation", pa.float32(), "the same loss on the repair split, where measured", True
        ),
    ]
)
