"""Words of an answer that carry a value of a tool's result."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.spans.integration import Heard, values_of

CARRIED = [
    pytest.param("It is 21.5 degrees.", {"d": 21.5}, ["21.5"], id="decimal"),
    pytest.param("It is 21 degrees.", {"d": 21.0}, ["21"], id="whole_float"),
    pytest.param("It is 21.0 degrees.", {"d": 21.0}, ["21.0"], id="whole_float_as_json"),
    pytest.param("It has 1234567.5 units.", {"n": 1234567.5}, ["1234567.5"], id="large_decimal"),
    pytest.param("It is 12.5, or 3.12, or 1,120.", {"d": 12}, [], id="inside_other_numbers"),
    pytest.param("12, 12. And 12", {"d": 12}, ["12", "12", "12"], id="before_punctuation"),
    pytest.param("112 and 120 and a12", {"d": 12}, [], id="inside_words"),
    pytest.param("Use C++ (v2.0)?", {"a": "C++", "b": "(v2.0)?"}, ["C++", "(v2.0)?"], id="regex"),
    pytest.param("In New York now.", {"a": "York", "b": "New York"}, ["New York"], id="overlap"),
    pytest.param("Ciao à tous", {"a": "à", "b": "tou"}, ["à"], id="accents"),
    pytest.param("東京は12度です。", {"a": "東京", "b": 12}, ["東京", "12"], id="no_spaces"),
    pytest.param("Nice 🌦️🌈!", {"a": "🌈"}, ["🌈"], id="emoji"),
    pytest.param("true and null", {"a": True, "b": None}, [], id="no_values"),
    pytest.param("It is Oslo", {"a": {"b": ["Oslo"]}}, ["Oslo"], id="nested"),
    pytest.param("It is Oslo", {"a": " ", "b": ""}, [], id="empty"),
]


@pytest.mark.parametrize(("answer", "result", "expected"), CARRIED)
def test_carried(answer: str, result: dict[str, Any], expected: list[str]) -> None:
    found = Heard(json.dumps(result)).carried(answer)
    assert [answer[start:end] for start, end in found] == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param("sold out", ["sold out"], id="words"),
        pytest.param("", [], id="empty"),
        pytest.param("[" * 100_000, [], id="nested_too_deep"),
    ],
)
def test_a_result_that_is_not_json_is_one_value(result: str, expected: list[str]) -> None:
    answer = "It is sold out, sorry."
    assert [answer[a:b] for a, b in Heard(result).carried(answer)] == expected


def test_results_add_up() -> None:
    heard = Heard('{"city": "Oslo"}')
    assert heard.carried("Oslo, 12") == [(0, 4)]
    heard.add("12")
    assert heard.carried("Oslo, 12") == [(0, 4), (6, 8)]


@example({"...1", "..."}, "...")
@given(st.sets(st.text("ab1.- ", min_size=1, max_size=4)), st.text("ab1.- ", max_size=30))
def test_each_place_is_a_word_of_its_own_and_none_is_missed(values: set[str], words: str) -> None:
    """The reference looks for every value by itself, the longest first."""
    known = set().union(*map(values_of, map(json.dumps, values)))
    free, expected = bytearray(len(words)), []
    for size in sorted({len(value) for value in known}, reverse=True):
        for at in range(len(words) - size + 1):
            alone = not re.match(r"[^\W]", words[at - 1 : at] or "-") and not re.match(
                r"[^\W]", words[at + size : at + size + 1] or "-"
            )
            decimal = re.search(r"\d[.,]$", words[:at]) and words[at].isdigit()
            decimal = decimal or (
                words[at + size - 1].isdigit() and re.match(r"[.,]\d", words[at + size :])
            )
            mine = words[at : at + size] in known and alone and not decimal
            if mine and not any(free[at : at + size]):
                free[at : at + size] = b"\1" * size
                expected.append((at, at + size))
    assert Heard(*map(json.dumps, values)).carried(words) == sorted(expected)
