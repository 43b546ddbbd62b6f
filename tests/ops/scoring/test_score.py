"""Every verdict about an answer, and the benchmark's own verdicts on recorded answers."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.evaluation.contract import CATEGORIES
from ops.scoring.category import Evidence
from ops.scoring.score import Score, score
from ops.toolcalls.call import ToolCall
from ops.toolcalls.message import read_message
from ops.toolcalls.render import render_calls

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def tool(name: str) -> dict[str, Any]:
    properties = {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"enum": ["C", "F"]},
    }
    parameters = {"type": "object", "properties": properties, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [tool("weather"), tool("forecast")]
ROME = [{"name": "weather", "arguments": {"city": ["Rome"], "days": [3, ""]}}]
BOTH = [*ROME, {"name": "forecast", "arguments": {"city": ["Oslo"]}}]


def text(*calls: tuple[str, dict[str, Any]]) -> str:
    return render_calls([ToolCall(name, arguments, "", "openai") for name, arguments in calls])


def judge(
    output: str, expected: Any = ROME, carries: list[str] | None = None, finished: bool = True
) -> Score:
    return score(output, tools=TOOLS, expected=expected, carries=carries, finished=finished)


def test_a_right_call() -> None:
    got = judge(text(("weather", {"city": "rome"})))
    assert (got.json_valid, got.tool_selected, got.exact) == (True, True, True)
    assert (got.arguments_right, got.arguments_total) == (1, 1)
    assert (got.needless_call, got.missing_call, got.category) == (False, False, None)


RIGHT = ("weather", {"city": "Rome"})
CASES = [
    pytest.param('<tool_call>\n{"name": "wea', ROME, "truncated", id="truncated"),
    pytest.param("<tool_call>\n{oops}\n</tool_call>", ROME, "json_parse_error", id="not_json"),
    pytest.param('<tool_call>{"name": "weather"}', ROME, "json_parse_error", id="no_arguments"),
    pytest.param(text(("fly", {})), ROME, "invented_tool", id="invented"),
    pytest.param('{"name": "fly", "arguments": {}}', [], "invented_tool", id="invented_bare"),
    pytest.param(text(RIGHT), [], "needless_call", id="needless"),
    pytest.param("", ROME, "empty", id="empty"),
    pytest.param(" ", [], "empty", id="empty_where_no_call_is_right"),
    pytest.param("I'm sorry, I can't do that.", ROME, "refusal", id="refusal"),
    pytest.param("It is warm in Rome.", ROME, "missing_call", id="missing"),
    pytest.param(text(("forecast", {"city": "Rome"})), ROME, "wrong_tool", id="wrong_tool"),
    pytest.param(text(RIGHT, RIGHT), ROME, "wrong_tool", id="one_too_many"),
    pytest.param(text(("weather", {"city": 3})), ROME, "wrong_type", id="wrong_type"),
    pytest.param(
        text(("weather", {"city": "Rome", "days": 3.0})), ROME, "wrong_type", id="float_for_integer"
    ),
    pytest.param(text(("weather", {"days": 3})), ROME, "schema_violation", id="required_missing"),
    pytest.param(
        text(("weather", {"city": "Rome", "unit": "K"})), ROME, "schema_violation", id="enum"
    ),
    pytest.param(text(RIGHT), BOTH, "incomplete", id="incomplete"),
    pytest.param(
        text(("weather", {"city": "Oslo"})), ROME, "wrong_argument_value", id="wrong_value"
    ),
    pytest.param(
        text(("weather", {"city": "Rome", "unit": "C"})),
        ROME,
        "wrong_argument_value",
        id="argument_not_asked_for",
    ),
    pytest.param("<|im_end|> " + text(RIGHT), ROME, "format_leak", id="leak"),
    pytest.param("Hello.", [], None, id="words_where_no_call_is_right"),
    pytest.param("I'm sorry, no tool of mine does that.", [], None, id="declines_rightly"),
    pytest.param(text(("weather", {"city": "Rome", "days": 3})), ROME, None, id="right"),
    pytest.param(
        text(("forecast", {"city": "Oslo"}), RIGHT), BOTH, None, id="parallel_in_any_order"
    ),
]


@pytest.mark.parametrize(("output", "expected", "category"), CASES)
def test_category(output: str, expected: Any, category: str | None) -> None:
    got = judge(output, expected)
    assert got.category == category
    assert (got.evidence is None) is (category is None)
    assert got.exact is (category in {None, "format_leak"})


def test_an_answer_that_does_not_carry_the_result() -> None:
    got = judge("It is mild.", [], ["21", "sunny"])
    assert (got.category, got.integration_f1, got.exact) == ("integration_error", 0.0, False)
    assert judge("21 and sunny", [], ["21", "sunny"]).exact is True


def test_every_category_is_reached() -> None:
    reached = {case.values[2] for case in CASES} | {"integration_error"}
    assert reached - {None} == set(CATEGORIES)


PIECES = ["Words 21.", "<tool_call>", "</tool_call>", "{", "}", text(RIGHT), text(("fly", {})),
    text(("forecast", {"city": "Oslo"})), text(("weather", {"city": 1})), "<|im_end|>"]  # fmt: skip


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.lists(st.sampled_from(PIECES), max_size=4).map("\n".join),
    st.sampled_from([ROME, BOTH, []]),
    st.sampled_from([None, ["21"]]),
    st.booleans(),
)
def test_an_answer_is_right_or_has_a_category(
    output: str, expected: Any, carries: Any, finished: bool
) -> None:
    got = judge(output, expected, carries, finished)
    assert got.exact is (got.category in {None, "format_leak"})
    assert not (got.exact and got.json_valid is False)


def test_evidence_points_at_the_fault() -> None:
    output = text(("weather", {"city": "Oslo"}))
    evidence = judge(output).evidence
    assert evidence == Evidence(output.index('{"city"'), 'city: one of ["Rome"]', '"Oslo"')


def test_evidence_is_short() -> None:
    evidence = judge(text(("weather", {"city": "x" * 5000}))).evidence
    assert evidence and len(evidence.found) == 200


def test_an_unfinished_answer_is_truncated_unless_it_is_right() -> None:
    assert judge("It is", finished=False).category == "truncated"
    assert judge(text(RIGHT), finished=False).category is None


@pytest.mark.parametrize(
    ("output", "expected", "valid", "selected", "needless", "missing"),
    [
        pytest.param("words", ROME, None, False, False, True, id="no_call_where_one_is_right"),
        pytest.param("words", [], None, True, False, False, id="no_call_where_none_is_right"),
        pytest.param("<tool_call>{", ROME, False, False, False, False, id="a_broken_call"),
        pytest.param("<tool_call>{", [], False, False, True, False, id="broken_and_needless"),
        pytest.param(text(("weather", {})), ROME, False, True, False, False, id="invalid_call"),
        pytest.param(text(RIGHT), None, True, None, False, False, id="nothing_known"),
    ],
)
def test_flags(
    output: str, expected: Any, valid: Any, selected: Any, needless: bool, missing: bool
) -> None:
    got = judge(output, expected)
    assert (got.json_valid, got.tool_selected) == (valid, selected)
    assert (got.needless_call, got.missing_call) == (needless, missing)


def test_arguments_are_counted_over_what_was_due_or_given() -> None:
    got = judge(text(("weather", {"city": "Rome", "days": 4, "unit": "C"})), BOTH)
    # city right; days and unit wrong; the other call's city never given.
    assert (got.arguments_right, got.arguments_total) == (1, 4)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answer_key() -> dict[str, list[dict[str, Any]]]:
    return {
        row["id"]: [
            {"name": name.replace(".", "_"), "arguments": arguments}
            for one in row["ground_truth"]
            for name, arguments in one.items()
        ]
        for kind in ("simple_python", "multiple", "parallel", "parallel_multiple")
        for row in lines(SHARED / "bfcl" / "possible_answer" / f"BFCL_v4_{kind}.json")
    }


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded answers are not here")
def test_recorded_answers_score_as_the_benchmark_scores_them() -> None:
    key = answer_key()
    asked, right, called = Counter[str](), Counter[str](), Counter[str]()
    with gzip.open(SHARED / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            kind = row["bfcl_id"].rsplit("_", 1)[0]
            tools, choice = row["request"]["tools"], row["response"]["choices"][0]
            reading = read_message(choice["message"], [one["function"]["name"] for one in tools])
            got = score(
                reading,
                tools=tools,
                expected=key.get(row["bfcl_id"], []),
                carries=None,
                finished=choice["finish_reason"] == "stop",
            )
            assert (got.category is None) is got.exact
            asked[kind] += 1
            right[kind] += bool(got.exact)
            called[kind] += bool(got.calls)
    assert asked == {"simple_python": 152, "multiple": 74, "parallel": 85,
                     "parallel_multiple": 65, "irrelevance": 104}  # fmt: skip
    shares = {kind: round(100 * right[kind] / asked[kind], 1) for kind in asked}
    assert shares["simple_python"] == 87.5
    assert shares["multiple"] == 89.2
    assert shares["parallel"] == 2.4
    assert shares["parallel_multiple"] == 6.2
    # The benchmark takes what it cannot decode for no call: 2 of 104. One of the two is a call
    # that is not JSON, which is not right here.
    assert asked["irrelevance"] - called["irrelevance"] == 2
    assert right["irrelevance"] == 1
