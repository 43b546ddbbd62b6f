"""Which characters of a training text are worth supervising on."""

import json
from typing import Any

import pytest

from ops.spans.extract import Span, carried, extract
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall

ASKED = "<|im_start|>user\nWhat now?<|im_end|>\n<|im_start|>assistant\n"


def turn(role: str, content: str) -> str:
    return f"<|im_start|>{role}\n{content}<|im_end|>\n"


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments, "", "openai")


def texts(prompt: str, answer: str, found: list[Span], kind: str) -> list[str]:
    text = prompt + answer
    return [text[span.start : span.end] for span in found if span.kind == kind]


def test_one_call() -> None:
    answer = render_answer("", [call("ping", host="a")])
    found = extract(ASKED, answer, [], {"ping"})
    assert texts(ASKED, answer, found, "prompt") == [ASKED]
    assert texts(ASKED, answer, found, "action") == [answer.removesuffix("<|im_end|>")]
    assert texts(ASKED, answer, found, "tool_name") == ["ping"]
    assert texts(ASKED, answer, found, "json_arguments") == ['{"host": "a"}']


def test_words_before_parallel_calls_in_several_scripts() -> None:
    calls = [call("météo", city="東京 🌦️"), call("ping", note='a "name": "ping" b')]
    answer = render_answer("Je vérifie 👩‍🚀.", calls)
    found = extract(ASKED, answer, [], {"météo", "ping"})
    assert texts(ASKED, answer, found, "prose") == ["Je vérifie 👩‍🚀."]
    assert texts(ASKED, answer, found, "tool_name") == ["météo", "ping"]
    arguments = texts(ASKED, answer, found, "json_arguments")
    assert [json.loads(text) for text in arguments] == [one.arguments for one in calls]
    assert [span.start for span in found] == sorted(span.start for span in found)


def test_a_name_is_found_in_its_call_and_not_in_the_words() -> None:
    answer = render_answer("ping, ping!", [call("ping", ping="ping")])
    (span,) = [one for one in extract("", answer, [], {"ping"}) if one.kind == "tool_name"]
    assert answer[: span.start].endswith('{"name": "')


def test_an_answer_with_calls_has_no_integration() -> None:
    answer = render_answer("12 it is.", [call("ping", host="12")])
    found = extract(ASKED + turn("tool", '{"n": 12}'), answer, ['{"n": 12}'], {"ping"})
    assert texts("", answer, found, "integration") == []


PHRASES = "According to the tool, based on the result, the tool returned what I found."


def test_a_phrase_is_no_integration() -> None:
    prompt = ASKED + turn("tool", '{"degrees": 12}')
    found = extract(prompt, PHRASES, ['{"degrees": 12}'], set())
    assert {span.kind for span in found} == {"prompt", "observation", "prose"}
    assert "integration" not in {span.kind for span in extract(ASKED, PHRASES, [], set())}


def test_observations_are_the_turns_of_the_tools() -> None:
    """Not the words of the user, nor an older turn, that read the same."""
    old = turn("user", "one") + turn("tool", "12")
    prompt = old + turn("user", "Is 12 right?") + turn("tool", "12") + turn("tool", "naïve 東京")
    found = [
        span
        for span in extract(prompt, "Yes.", ["12", "naïve 東京"], set())
        if span.kind == "observation"
    ]
    assert texts(prompt, "Yes.", found, "observation") == ["12", "naïve 東京"]
    assert all(prompt[: span.start].endswith("<|im_start|>tool\n") for span in found)
    assert found[0].start > len(old)


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
    found = carried(answer, [json.dumps(result)])
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
    assert [answer[a:b] for a, b in carried(answer, [result])] == expected
