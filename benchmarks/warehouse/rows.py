"""Tables of a large lake, drawn: the real schemas, a million rows at a time, the same every time.

What is drawn is not what a student writes: outputs are of 8,000 texts, categories and flags are
even. Sizes of columns and numbers of groups are as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ops.critiques.contract import CRITIQUES
from ops.evaluation.contract import CATEGORIES, EVALUATIONS
from ops.failures.contract import CLUSTERS, FAILURES
from ops.prompts.contract import KINDS, PROMPTS
from ops.teacher.contract import REFUSED, RESPONSES

AT_ONCE = 1_000_000
TOOLS = [f"tool_{number}" for number in range(40)]
CALLS = [
    f'{{"name": "{tool}", "arguments": {{"place": "word {n}", "count": {n}}}}}'
    for tool in TOOLS
    for n in range(200)
]
TEXTS: Mapping[str, list[str]] = {
    "split": ["heldout", "repair"],
    "kind": list(KINDS),
    "mode": ["constrained", "free"],
    "category": list(CATEGORIES),
    "output": [f"<tool_call>\n{call}\n</tool_call>" for call in CALLS],
    "calls": [f"[{call}]" for call in CALLS],
    "origin": ["student"],
    "wanted_tool": TOOLS,
    "called_tool": TOOLS,
    "reason": ["truncated", "wrong_answer", "schema", "budget"],
    "detail": ["wrong_tool: expected tool_1, found tool_2", "tool_3: unknown_tool "],
    "messages": [
        f'[{{"role": "user", "content": "{"some words about " * 8}{n}"}}]' for n in range(9_000)
    ],
    "tools": [f'[{{"type": "function", "function": {{"name": "{tool}"}}}}]' for tool in TOOLS],
    "label": [f"place, count, tool_{n}" for n in range(8)],
}
SCHEMAS = {
    "evaluations": EVALUATIONS,
    "failures": FAILURES,
    "clusters": CLUSTERS,
    "critiques": CRITIQUES,
    "prompts": PROMPTS,
    "responses": RESPONSES,
    "refused": REFUSED,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one file: its table, how many, rows a prompt, the first prompt, a seed."""

    table: str
    rows: int
    a_prompt: int
    first: int
    seed: int


def write(part: Part, path: Path) -> None:
    """Draw the rows into a Parquet file, in the form of ops/tables.py."""
    schema = SCHEMAS[part.table]
    with pq.ParquetWriter(
        path, schema, compression="zstd", write_page_checksum=True, write_statistics=False
    ) as writer:
        for batch in _batches(part, schema):
            writer.write_table(batch, row_group_size=AT_ONCE)


def _batches(part: Part, schema: pa.Schema) -> Iterator[pa.Table]:
    for begin in range(0, part.rows, AT_ONCE):
        rows = np.arange(begin, min(begin + AT_ONCE, part.rows))
        drawn = np.random.default_rng([part.seed, begin])
        yield pa.table([_column(field, rows, part, drawn) for field in schema], schema=schema)


def _column(field: pa.Field, rows: Any, part: Part, drawn: np.random.Generator) -> pa.Array:
    count = len(rows)
    missing = drawn.random(count) < 0.4 if field.nullable else None
    if field.name == "prompt_id":
        ids = np.char.mod("%032x", (part.first + rows // part.a_prompt) * 2_654_435_761)
        return pa.array(ids, pa.string())
    if field.name == "mode":
        return _text(TEXTS["mode"], rows % 2, None)
    if pa.types.is_string(field.type):
        words = TEXTS.get(field.name, [f"{field.name} {n}" for n in range(100)])
        return _text(words, drawn.integers(0, len(words), count), missing)
    if pa.types.is_boolean(field.type):
        return pa.array(drawn.random(count) < 0.6, mask=missing)
    numbers = drawn.integers(0, 9, count)
    return pa.array(numbers, mask=missing).cast(field.type)


def _text(words: list[str], index: Any, missing: Any) -> pa.Array:
    at = pa.array(index.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(at, pa.array(words)).cast(pa.string())
