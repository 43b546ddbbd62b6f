"""The second wall against reasoning: no stored answer may carry a tag of it."""

import re

import pyarrow as pa

TAGS = re.compile(
    r"</?(think|thinking|reasoning|thought)>|\[/?THINK\]|<\|channel\|>\s*analysis", re.IGNORECASE
)


def tagged(*texts: str) -> bool:
    """Whether one of the texts holds a reasoning tag."""
    return any(TAGS.search(text) for text in texts)


def found_in(responses: pa.Table) -> list[str]:
    """Ids of the prompts whose answer, words or arguments, holds a reasoning tag."""
    return [
        row["prompt_id"]
        for row in responses.select(["prompt_id", "content", "calls"]).to_pylist()
        if tagged(row["content"], row["calls"])
    ]
