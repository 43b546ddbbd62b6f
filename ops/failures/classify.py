"""From the evaluations to the failure table: which answers failed, how, and on which tools.

The category and its evidence are the evaluation's own (ops/evaluation/contract.py, CATEGORIES):
an answer is judged once. Here the failures are gathered with what a repair needs to know.
"""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ops.errors import ContractError
from ops.evaluation.contract import CATEGORIES
from ops.failures.contract import FAILURES, ORIGINS

Row = Mapping[str, Any]
_KEPT = ("prompt_id", "split", "kind", "mode", "category", "output", "finished")


def classify(
    evaluations: pa.Table, prompts: pa.Table, *, run: str, origin: str = "student"
) -> pa.Table:
    """The FAILURES rows of every evaluated answer that has a category, in the table's order.

    Raises ContractError for a prompt, a category or an origin that is not known.
    """
    if origin not in ORIGINS:
        raise ContractError(f"failures of {origin!r}: expected one of {', '.join(ORIGINS)}")
    by_id = {row["prompt_id"]: row for row in prompts.to_pylist()}
    rows = [
        {"run": run, "origin": origin, **_failure(row, _prompt(by_id, row["prompt_id"]))}
        for row in evaluations.to_pylist()
        if row["category"] is not None
    ]
    return pa.Table.from_pylist(rows, schema=FAILURES)


def _prompt(by_id: Mapping[str, Row], prompt_id: str) -> Row:
    if prompt_id not in by_id:
        raise ContractError(
            f"evaluation of prompt {prompt_id}: no such row among {len(by_id)} prompts; "
            f"evaluate and classify with the same prompt mix"
        )
    return by_id[prompt_id]


def _failure(row: Row, prompt: Row) -> dict[str, Any]:
    if row["category"] not in CATEGORIES:
        raise ContractError(
            f"evaluation of prompt {row['prompt_id']}: category {row['category']!r} is none of "
            f"{', '.join(CATEGORIES)}"
        )
    return {
        **{key: row[key] for key in _KEPT},
        "offset": row["evidence_offset"],
        "expected": row["evidence_expected"],
        "found": row["evidence_found"],
        "tools": json.dumps(
            [tool["function"]["name"] for tool in json.loads(prompt["tools"])], ensure_ascii=False
        ),
        "wanted_tool": _first_name(prompt["expected"]),
        "called_tool": _first_name(row["calls"]),
    }


def _first_name(calls: str | None) -> str | None:
    listed = json.loads(calls) if calls else []
    return str(listed[0]["name"]) if listed else None
