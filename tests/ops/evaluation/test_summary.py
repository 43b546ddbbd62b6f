"""Rows of the table, and the rates over them."""

import json
import math
from typing import Any

import pyarrow as pa
import pytest

from ops.evaluation.contract import BROKERED, EVALUATIONS
from ops.evaluation.row import Answer, evaluation_row
from ops.evaluation.summary import replayed, summarise

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'


def prompt(expected: Any, carries: Any = None, split: str = "heldout") -> dict[str, Any]:
    return {
        "prompt_id": "p",
        "split": split,
        "kind": "single",
        "source": "registry",
        "tools": json.dumps([TOOL]),
        "expected": None if expected is None else json.dumps(expected),
        "carries": None if carries is None else json.dumps(carries),
    }


ROME = [{"name": "weather", "arguments": {"city": ["Rome"]}}]


def table(*pairs: tuple[dict[str, Any], str], mode: str = "free") -> pa.Table:
    rows = [
        evaluation_row(one, Answer(output, mode, True, 9, output == CALL)) for one, output in pairs
    ]
    return pa.Table.from_pylist(rows, schema=EVALUATIONS)


def test_a_row_has_the_columns_of_the_contract() -> None:
    row = evaluation_row(prompt(ROME), Answer(CALL, "free", True, 9, True))
    assert list(row) == EVALUATIONS.names
    assert row["calls"] == '[{"name": "weather", "arguments": {"city": "Rome"}}]'


def test_rates_and_their_denominators() -> None:
    rates = summarise(
        table(
            (prompt(ROME), CALL),
            (prompt(ROME), "words"),
            (prompt(ROME), CALL.replace("Rome", "Oslo")),
            (prompt(ROME), "<tool_call>{x}</tool_call>"),
            (prompt([]), CALL),
            (prompt([]), "words"),
            (prompt([], ["21"]), "It is 21."),
            (prompt(None), "words"),
            (prompt(ROME, split="train"), "words"),
        ),
        "heldout",
    )["free"]
    assert {name: rates[name] for name in rates if not name.endswith(("_low", "_high"))} == {
        "n": 8,
        "json_validity": pytest.approx(3 / 4),  # of the four that called
        "in_grammar": pytest.approx(2 / 4),
        "tool_selection": pytest.approx(4 / 7),
        "argument_accuracy": pytest.approx(1 / 4),
        "exact_match": pytest.approx(3 / 7),
        "needless_calls": pytest.approx(1 / 3),
        "missing_calls": pytest.approx(1 / 4),
        "integration_f1": pytest.approx(1.0),
        "truncation": 0.0,
        "perplexity": None,
        "tokens": pytest.approx(9.0),
    }
    assert 0 < rates["tool_selection_low"] < 4 / 7 < rates["tool_selection_high"] < 1
    assert (rates["perplexity_low"], rates["perplexity_high"]) == (None, None)


def test_perplexity_is_of_a_token_and_not_of_an_answer() -> None:
    rows = [
        evaluation_row(prompt(ROME), Answer(CALL, "free", True, 9, True, right))
        for right in ((2.0, 1), (1.0, 2), (0.0, 3))
    ]
    rates = summarise(pa.Table.from_pylist(rows, schema=EVALUATIONS), "heldout")["free"]
    assert rates["perplexity"] == pytest.approx(math.exp(0.5), abs=1e-6)


def test_what_was_replayed_and_why_not() -> None:
    shared = {"split": "heldout", "mode": "free", "call": "", "output": None}
    rows = [
        {"prompt_id": "a", "hit": True, "output": "It is 21.", "carried": True},
        {"prompt_id": "b", "hit": True, "output": "It is.", "carried": False},
        {"prompt_id": "c", "hit": False, "reason": "no_call"},
        {"prompt_id": "d", "hit": False, "reason": "other_tool"},
        {"prompt_id": "e", "hit": False, "reason": "no_call"},
    ]
    table = pa.Table.from_pylist([shared | row for row in rows], schema=BROKERED)
    found = replayed(table, "heldout")["free"]
    assert (found["n"], found["hits"], found["carried"]) == (5, 0.4, 0.5)
    assert found["misses"] == {"no_call": 2, "other_tool": 1}
    assert replayed(table, "repair") == {}


def test_modes_are_apart_and_an_unknown_rate_is_none() -> None:
    both = pa.concat_tables(
        [table((prompt([]), "a")), table((prompt([]), CALL), mode="constrained")]
    )
    rates = summarise(both, "heldout")
    assert (rates["free"]["needless_calls"], rates["constrained"]["needless_calls"]) == (0.0, 1.0)
    assert rates["free"]["missing_calls"] is None
    assert summarise(both, "train") == {}
