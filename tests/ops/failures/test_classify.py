"""From evaluations to failures: what is kept, and what cannot be."""

import json
from typing import Any

import pyarrow as pa
import pytest

from ops.errors import ContractError
from ops.evaluation.contract import EVALUATIONS
from ops.evaluation.row import Answer, evaluation_row
from ops.failures.classify import classify
from ops.failures.contract import FAILURES
from ops.prompts.contract import PROMPTS

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("ping", "pong")]
PING = '<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>'


def prompt(prompt_id: str, expected: Any) -> dict[str, Any]:
    return {
        "prompt_id": prompt_id,
        "split": "repair",
        "kind": "choice",
        "source": "registry",
        "external_id": None,
        "messages": "[]",
        "tools": json.dumps(TOOLS),
        "expected": json.dumps(expected),
        "carries": None,
    }


PROMPT_ROWS = [
    prompt("right", [{"name": "ping", "arguments": {}}]),
    prompt("wrong", [{"name": "pong", "arguments": {}}]),
    prompt("none", []),
]


def evaluations(**changed: Any) -> pa.Table:
    rows = [evaluation_row(one, Answer(PING, "free", True, 9, True)) for one in PROMPT_ROWS]
    return pa.Table.from_pylist([{**row, **changed} for row in rows], schema=EVALUATIONS)


PROMPT_TABLE = pa.Table.from_pylist(PROMPT_ROWS, schema=PROMPTS)


def test_keeps_what_is_wrong_with_its_evidence() -> None:
    table = classify(evaluations(), PROMPT_TABLE, run="r1")
    assert table.schema == FAILURES
    wrong, needless = table.to_pylist()
    assert wrong == {
        "run": "r1",
        "prompt_id": "wrong",
        "split": "repair",
        "kind": "choice",
        "mode": "free",
        "category": "wrong_tool",
        "origin": "student",
        "offset": PING.index("ping"),
        "expected": "pong",
        "found": "ping",
        "output": PING,
        "finished": True,
        "tools": '["ping", "pong"]',
        "wanted_tool": "pong",
        "called_tool": "ping",
    }
    assert (needless["category"], needless["wanted_tool"]) == ("needless_call", None)


@pytest.mark.parametrize(
    ("changed", "origin", "message"),
    [
        pytest.param({"prompt_id": "x"}, "student", "prompt x: no such row", id="prompt"),
        pytest.param({"category": "odd"}, "student", "'odd' is none of", id="category"),
        pytest.param({}, "nobody", "failures of 'nobody'", id="origin"),
    ],
)
def test_refuses_what_is_not_known(changed: Any, origin: str, message: str) -> None:
    table = evaluations(**{"category": "empty", **changed})
    with pytest.raises(ContractError, match=message):
        classify(table, PROMPT_TABLE, run="r1", origin=origin)
