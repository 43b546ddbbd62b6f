"""What token_shards leaves in the lake: examples, and the plan that packs them into batches."""

import pyarrow as pa


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    return pa.field(name, kind, False, {"doc": doc})


# Numbers are 32 bits wide and stored byte by byte: Parquet has no narrower integers, and bytes that
# are always zero compress to nothing. Half precision would take 10 % less stored so, which DuckDB
# cannot read, and 13 % more stored plainly (benchmarks/shards).
SHARD = pa.schema(
    [
        _column("prompt_id", pa.string(), "key of the prompt"),
        _column("split", pa.string(), "train | repair"),
        _column("prompt_kind", pa.string(), "one of ops.prompts.contract.KINDS"),
        _column("source", pa.string(), "responses, or the imported file that the text came from"),
        _column("licence", pa.string(), "licence of an imported text; empty if none was named"),
        _column(
            "weight",
            pa.float32(),
            "what each of its tokens counts for in the loss beside those of others",
        ),
        _column("tools", pa.string(), "JSON list of the tools on offer; empty where not known"),
        _column("has_call", pa.bool_(), "an answer in the text calls a tool"),
        _column("has_distribution", pa.bool_(), "a token has a teacher's distribution"),
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
        _column(
            "teacher_logp",
            pa.list_(pa.float32()),
            "per such token K log-probabilities, nats, -60 at least; -60 for none; as exact as the "
            "teacher's table has them, which is half precision",
        ),
    ]
)
NUMBERS = ("input_ids", "teacher_ids", "teacher_logp")
"""Columns of numbers that seldom repeat (ops.tables.Writer)."""

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
