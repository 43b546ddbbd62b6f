"""Rows as the published files hold them, and what is wrong with some: one worked example each."""

from typing import Any

import pytest

from ops.critiques.layouts import correction
from ops.prompts.layouts.prompt import BadRow

ASKED = "Name the capital of Peru."
SELF = {
    "instruction": ASKED,
    "input": "It is Cusco.",
    "output": "It is Lima.",
    "meta": {"critique": "Cusco is not the capital.", "category": "qa", "quality": 0.9},
}
HARD = {
    "id": 17,
    "instruction": ASKED,
    "reference_answer": "It is Lima.",
    "category": "qa",
    "model_output": "It is Cusco.",
    "judged_by": "judge",
    "reason": "Wrong city.",
}
REWRITE = {
    "id": 17,
    "category": "qa",
    "instruction": ASKED,
    "reference_answer": "Lima",
    "previous_output": "It is Cusco.",
    "critique": "Cusco is not the capital.",
    "final_answer": "It is Lima.",
}


@pytest.mark.parametrize(
    ("row", "origin", "critique", "saw"),
    [
        pytest.param(SELF, "self_critique", "Cusco is not the capital.", False, id="self_critique"),
        pytest.param(HARD, "hard_failure", None, True, id="hard_failure"),
        pytest.param(REWRITE, "self_critique", "Cusco is not the capital.", True, id="rewrite"),
        pytest.param(
            SELF | {"meta": {"reference": "Lima", "category": "qa"}},
            "self_critique", None, True, id="the_reference_was_in_the_prompt",
        ),
    ],
)  # fmt: skip
def test_each_published_form_is_the_same_correction(
    row: dict[str, Any], origin: str, critique: str | None, saw: bool
) -> None:
    found = correction(row)
    assert found.messages == [{"role": "user", "content": ASKED}]
    assert (found.bad, found.right, found.category) == ("It is Cusco.", "It is Lima.", "qa")
    assert (found.origin, found.critique, found.saw_reference) == (origin, critique, saw)


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        pytest.param(HARD, {"id": None, "model_output": None}, id="hard_of_three_fields"),
        pytest.param(SELF, {"input": None, "meta": None}, id="no_input_and_no_meta"),
        pytest.param(SELF, {"input": {"text": "Cusco"}, "meta": "qa"}, id="other_types"),
    ],
)
def test_what_is_only_told_may_be_missing(row: dict[str, Any], changes: dict[str, Any]) -> None:
    found = correction(row | changes)
    assert (found.bad, found.right) == (None, "It is Lima.")


def test_a_category_that_is_missing_is_other() -> None:
    assert correction({"instruction": ASKED, "output": "Lima"}).category == "other"


@pytest.mark.parametrize(
    ("output", "right"),
    [
        pytest.param('{"critique": "No.", "final_answer": "Lima"}', "Lima", id="rewriters_json"),
        pytest.param(
            '```json\n{"critique": "No.", "final_answer": "Lima"}\n```', "Lima", id="fenced_json"
        ),
        pytest.param("<think>Cusco? No.</think>\nLima", "Lima", id="thoughts_are_cut_out"),
        pytest.param(" Lima \n", "Lima", id="blanks"),
        pytest.param("```python\nf(1)\n```", "```python\nf(1)\n```", id="a_whole_fence"),
        pytest.param('{"a": [1, 2]}', '{"a": [1, 2]}', id="an_answer_that_is_json"),
        pytest.param("[Verse 1] Oh", "[Verse 1] Oh", id="brackets_in_words"),
        pytest.param("1. Mix. 2. Bake", "1. Mix. 2. Bake", id="no_full_stop"),
    ],
)
def test_what_is_certain_is_undone(output: str, right: str) -> None:
    assert correction(SELF | {"output": output}).right == right


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"output": ""}, "empty", id="empty"),
        pytest.param({"output": None}, "empty", id="null"),
        pytest.param({"output": "<think>Lima</think>"}, "empty", id="thoughts_alone"),
        pytest.param({"output": 7}, "not_text", id="a_number"),
        pytest.param({"output": "It is Cusco. "}, "unchanged", id="the_bad_answer_again"),
        pytest.param({"instruction": " "}, "no_instruction", id="blank_instruction"),
        pytest.param({"instruction": ["Name"]}, "no_instruction", id="instruction_no_text"),
        pytest.param(
            {"output": '{"critique": "Cusco is not", "fi'}, "rewriter_truncated", id="cut_json"
        ),
        pytest.param(
            {"output": '{"critique": "Cusco is not it."}'}, "empty", id="json_without_an_answer"
        ),
        pytest.param({"output": "```python\nf("}, "rewriter_truncated", id="cut_in_a_fence"),
        pytest.param({"output": '{"name": "f", "arg'}, "rewriter_truncated", id="cut_in_json"),
        pytest.param(
            {"output": '<tool_call>\n{"name": "f"}'}, "rewriter_truncated", id="cut_in_a_call"
        ),
        pytest.param(
            {"output": '{"a": "<think>x</think>"}'}, "reasoning_left", id="thoughts_in_json"
        ),
        pytest.param({"meta": {"messages": "hello"}}, "bad_messages", id="messages_no_list"),
        pytest.param({"meta": {"messages": [{"content": ""}]}}, "bad_messages", id="no_role"),
        pytest.param(
            {"meta": {"messages": [{"role": "user"}], "tools": [{"type": "function"}]}},
            "bad_tools", id="tool_without_name",
        ),
    ],
)  # fmt: skip
def test_a_row_that_teaches_the_wrong_thing_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadRow) as refused:
        correction(SELF | changes)
    assert refused.value.reason == reason
    assert len(refused.value.detail) <= 300


def test_a_row_of_another_kind_says_what_it_holds() -> None:
    with pytest.raises(BadRow, match=r"among \['messages', 'tools'\]") as refused:
        correction({"messages": [], "tools": []})
    assert refused.value.reason == "unknown_layout"


def test_a_rewrite_whose_answer_was_lost_is_not_taken_from_its_reference() -> None:
    """The parser of the rewriter left it empty and put the raw text into the critique."""
    with pytest.raises(BadRow) as refused:
        correction(REWRITE | {"final_answer": "", "critique": '{"critique": "Cusco is'})
    assert refused.value.reason == "empty"
