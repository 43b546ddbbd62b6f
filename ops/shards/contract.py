"""What token_shards leaves in the lake: examples, and the plan that packs them into batches."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    return pa.field(name, kind, False, {"doc": doc})


SHARD = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("split", pa.string(), "train | repair"),
        _column("input_ids", pa.list_(pa.int32()), "tokens of the whole text"),
        _column(
            "span_kind",
            pa.list_(pa.uint8()),
            "per token: index into ops.spans.contract.KINDS; prompt and observation are never "
            "a target",
        ),
        _column(
            "teacher_at", pa.list_(pa.int32()), "which tokens have a teacher distribution, from 0"
        ),
        _column("teacher_ids", pa.list_(pa.int32()), "per such token K student ids; -1 = none"),
        _column("teacher_logp", pa.list_(pa.float32()), "per such token K log-probabilities, nats"),
    ]
)

PLAN = pa.schema(
    [
        _column("split", pa.string(), "train | repair"),
        _column("batch", pa.int32(), "batch of the epoch, before its order is drawn"),
        _column("shard", pa.int32(), "number of the shard file, from 0"),
        _column("row", pa.int32(), "row in that file, from 0"),
        _column("tokens", pa.int32(), "length of the example"),
    ]
)

# kd_mix.jsonl: of each decision (ops.spans.contract.DECISIONS) the published names of its ids and
# their mask, and the name of their positions, which is ours.
FIELDS = {
    "tool_name": ("tool_name_ids", "tool_name_mask", "tool_name_positions"),
    "json_arguments": ("gold_json_text_ids", "mask_valid_json_tokens", "gold_json_positions"),
    "integration": ("tool_result_fields", "integration_mask", "integration_positions"),
}
