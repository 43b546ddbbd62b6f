"""What a training run leaves in the lake: one row a step, beside the weights."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"doc": doc})


_BY_COMPONENT = pa.map_(pa.string(), pa.float32())

STEPS = pa.schema(
    [
        _column("step", pa.int32(), "optimizer step, from 1"),
        _column("tokens", pa.int64(), "supervised tokens seen so far"),
        _column("loss", pa.float32(), "nats; what was minimised: the weighted sum of the parts"),
        _column("parts", _BY_COMPONENT, "component → its mean over the step, nats"),
        _column("grad_norm", pa.float32(), "L2 over all trained parameters, before clipping"),
        _column(
            "norms",
            _BY_COMPONENT,
            "component → L2 of its weighted gradient at the last hidden states",
        ),
        _column("learning_rate", pa.float32(), "of this step"),
        _column(
            "validation", pa.float32(), "the same loss on the repair split, where measured", True
        ),
    ]
)

# Times are not of the data: they lie beside the logs, where no data version looks.
PACE = pa.schema(
    [
        _column("step", pa.int32(), "optimizer step, from 1"),
        _column("seconds", pa.float32(), "that the step took"),
        _column("tokens_per_second", pa.float32(), "supervised tokens"),
    ]
)
SUMMARY = "training_summary.json"
