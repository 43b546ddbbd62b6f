"""The second wall against reasoning: no stored answer may carry any, but under a licence."""

import pyarrow as pa

from ops.reasoning.cut import tagged


def found_in(responses: pa.Table) -> list[str]:
    """Ids of the prompts whose words or calls hold a tag, or whose reasoning has no licence."""
    columns = ["prompt_id", "content", "calls", "reasoning", "reasoning_licence"]
    return [
        row["prompt_id"]
        for row in responses.select(columns).to_pylist()
        if tagged(row["content"])
        or tagged(row["calls"])
        or (row["reasoning"] and not row["reasoning_licence"])
    ]
