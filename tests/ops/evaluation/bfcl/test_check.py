"""The rules against the benchmark's own verdicts, which are recorded, and by example."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bfcl.gold import gold
from ops.evaluation.bfcl.cases import Case
from ops.evaluation.bfcl.categories import RELEVANCE, SCORED
from ops.evaluation.bfcl.check import Call, Decoded, judge, judge_call
from ops.evaluation.bfcl.verdict import UNJUDGED

RECORDED = [
    json.loads(line)
    for line in Path(__file__).with_name("verdicts.jsonl").read_text(encoding="utf-8").splitlines()
]
FUNCTION: dict[str, Any] = {
    "name": "trip.book",
    "parameters": {
        "properties": {
            "town": {"type": "string"},
            "nights": {"type": "integer"},
            "price": {"type": "float"},
        },
        "required": ["town"],
    },
}
TRUTH = {"trip.book": {"town": ["New York, NY"], "nights": [2, ""], "price": [80.0, ""]}}


@pytest.mark.parametrize("row", RECORDED, ids=[row["id"] for row in RECORDED])
def test_every_recorded_verdict_of_the_benchmark_is_ours(row: dict[str, Any]) -> None:
    for answer in row["answers"]:
        decoded = Decoded(tuple(map(tuple, answer.get("calls", ()))), answer.get("broken", ""))
        found = judge(row["category"], row["functions"], decoded, row["truth"])
        wanted = answer["verdict"]
        assert (found.valid, found.error_type) == (wanted["valid"], wanted["error_type"]), answer
        assert bool(found.error) is not found.valid


def test_the_recording_covers_the_categories_and_their_faults() -> None:
    assert {row["category"] for row in RECORDED} == set(SCORED)
    kinds = Counter(answer["kind"] for row in RECORDED for answer in row["answers"])
    assert len(kinds) > 30
    faults = {answer["verdict"]["error_type"] for row in RECORDED for answer in row["answers"]}
    assert len(faults) > 18


def test_the_right_answer_of_every_case_is_right(benchmark_cases: list[Case]) -> None:
    for case in benchmark_cases:
        assert not case.problem
        judged = case.category not in RELEVANCE
        calls = gold(case.category, case.functions, case.truth) if judged else []
        verdict = judge(case.category, case.functions, Decoded(tuple(calls)), case.truth)
        assert verdict.valid, (case.id, verdict)
    assert len(benchmark_cases) == 1240


@pytest.mark.parametrize(
    ("name", "arguments", "fault"),
    [
        ("trip_book", {"town": "new york  ny"}, ""),
        ("trip_book", {"town": "New York, NY", "nights": 2, "price": 80}, ""),
        ("trip.book", {"town": "New York, NY"}, "simple_function_checker:wrong_func_name"),
        ("trip_book", {"nights": 2}, "simple_function_checker:missing_required"),
        ("trip_book", {"town": "New York NY", "by": 1}, "simple_function_checker:unexpected_param"),
        ("trip_book", {"town": "Boston"}, "value_error:string"),
        ("trip_book", {"town": "New York NY", "nights": 2.0}, "type_error:simple"),
        ("trip_book", {"town": "New York NY", "nights": True}, "type_error:simple"),
        ("trip_book", {"town": "New York NY", "nights": 3}, "value_error:others"),
        ("trip_book", {"town": "New York NY", "price": 10**400}, UNJUDGED),
    ],
)
def test_one_call(name: str, arguments: dict[str, Any], fault: str) -> None:
    found = judge("simple_python", [FUNCTION], Decoded(((name, arguments),)), [TRUTH])
    assert (found.valid, found.error_type) == (not fault, fault)


def test_an_argument_without_the_empty_text_has_to_be_given() -> None:
    truth = {"trip.book": {"town": ["Oslo"], "nights": [2]}}
    found = judge_call(FUNCTION, ("trip_book", {"town": "Oslo"}), truth, "python")
    assert found.error_type == "simple_function_checker:missing_optional"


def test_parallel_calls_are_matched_greedily_as_the_benchmark_does() -> None:
    """The first call fits both; taken for the first, it leaves nothing for the second."""
    either = {"trip.book": {"town": ["Oslo"], "nights": [1, 2]}}
    one = {"trip.book": {"town": ["Oslo"], "nights": [1]}}
    calls: tuple[Call, ...] = (
        ("trip_book", {"town": "Oslo", "nights": 1}),
        ("trip_book", {"town": "Oslo", "nights": 2}),
    )
    found = judge("parallel", [FUNCTION], Decoded(calls), [either, one])
    assert found.error_type == "parallel_function_checker_no_order:cannot_find_match"
    assert judge("parallel", [FUNCTION], Decoded(calls), [one, either]).valid
    assert judge("parallel", [FUNCTION], Decoded(calls[::-1]), [one, either]).valid


@pytest.mark.parametrize(
    ("decoded", "irrelevant", "relevant"),
    [
        (Decoded(), True, False),
        (Decoded((("f", {}),)), False, True),
        (Decoded((("f", "text"),)), True, False),
        (Decoded((("f", {}),), broken="a call that is not JSON"), True, False),
    ],
)
def test_relevance_is_whether_a_call_was_read(
    decoded: Decoded, irrelevant: bool, relevant: bool
) -> None:
    for category in ("irrelevance", "live_irrelevance"):
        assert judge(category, [FUNCTION], decoded, []).valid is irrelevant
    assert judge("live_relevance", [FUNCTION], decoded, []).valid is relevant


@pytest.mark.parametrize(
    "schema", [{"type": "number"}, {"type": "array", "items": {"type": "long"}}, {"type": "array"}]
)
def test_a_type_that_the_rules_do_not_know_is_wrong_and_says_so(schema: dict[str, Any]) -> None:
    function = {"name": "f", "parameters": {"properties": {"x": schema}, "required": []}}
    found = judge("simple_python", [function], Decoded((("f", {"x": [1]}),)), [{"f": {"x": [1]}}])
    assert (found.valid, found.error_type) == (False, UNJUDGED)
