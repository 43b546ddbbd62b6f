"""From an answer to its row, and from rows to rates."""

import json
from typing import Any

import pytest

from ops import tables
from ops.evaluation.bfcl import cases
from ops.evaluation.bfcl.contract import CASES
from ops.evaluation.bfcl.rows import Said, case_row
from ops.evaluation.bfcl.summary import rates
from ops.statistics.wilson import wilson
from tests.bfcl import write_benchmark


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[cases.Case]:
    folder = write_benchmark(tmp_path_factory.mktemp("bfcl") / "data")
    return [case for name in cases.present(folder)[0] for case in cases.read(folder, name)]


def call(name: str, **arguments: Any) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def test_a_text_and_a_message_with_the_same_call_are_judged_alike(
    listed: list[cases.Case],
) -> None:
    text = case_row(listed[0], Said(f"<tool_call>{call('shape_area', width=2, height=3)}"))
    function = {"name": "shape_area", "arguments": '{"width": 2, "height": 3}'}
    message = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
    told = case_row(listed[0], Said(message))
    assert text["valid"] is told["valid"] is True
    assert text["calls"] == told["calls"]
    assert json.loads(text["calls"]) == [
        {"name": "shape_area", "arguments": {"width": 2, "height": 3}}
    ]
    assert json.loads(told["output"]) == message


@pytest.mark.parametrize(
    ("answer", "valid", "error_type"),
    [
        (call("shape_area", width=2, height=4), False, "value_error:others"),
        (call("shape_area", width="2", height=3), False, "type_error:simple"),
        (call("shape_perimeter", width=2, height=3), False,
         "simple_function_checker:wrong_func_name"),
        ("It is six.", False, "simple_function_checker:wrong_count"),
        ('{"name": "shape_area", "arguments": {"width": 2 * 1}}', False,
         "ast_decoder:decoder_failed"),
        ('{"name": "shape_area", "arguments": {"width": 2', False, "ast_decoder:decoder_failed"),
    ],
)  # fmt: skip
def test_an_answer_that_is_wrong(
    listed: list[cases.Case], answer: str, valid: bool, error_type: str
) -> None:
    row = case_row(listed[0], Said(answer))
    assert (row["valid"], row["error_type"]) == (valid, error_type)
    assert row["error"]
    assert (row["calls"] is None) is (error_type == "ast_decoder:decoder_failed")


def test_rates_leave_out_what_was_not_judged(listed: list[cases.Case]) -> None:
    right = call("shape_area", width=2, height=3)
    said = [Said(right), Said(right), Said(), Said("I am a program."), Said(missing="not_recorded")]
    rows = [case_row(case, one) for case, one in zip(listed, said, strict=True)]
    tables.from_rows(rows, CASES)
    simple, irrelevance, relevance = rates(rows)
    assert (simple.n, simple.right, simple.accuracy) == (2, 1, 0.5)
    assert (simple.low, simple.high) == wilson(1, 2)
    assert simple.errors == {"value_error:others": 1}
    assert simple.missing == {"bad_row": 1}
    assert irrelevance.plain()["accuracy"] == 1.0
    assert relevance.plain() == {
        "n": 0, "right": 0, "accuracy": None, "interval_95": None, "error_types": {},
        "not_judged": {"not_recorded": 1},
    }  # fmt: skip


def test_half_a_character_can_be_stored(listed: list[cases.Case]) -> None:
    row = case_row(listed[3], Said("I am \ud800."))
    assert (row["valid"], row["output"]) == (True, "I am ?.")
    tables.from_rows([row], CASES)
