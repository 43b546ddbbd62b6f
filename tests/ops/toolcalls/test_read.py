"""Which calls a text holds, in each dialect, and where exactly they stand."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.toolcalls.call import Reading
from ops.toolcalls.read import read_calls
from ops.toolcalls.scan import MAX_TEXT

OFFERED = {"add", "search", "math_factorial"}
ADD = '{"name": "add", "arguments": {"a": 1}}'


def tagged(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


def fenced(body: str, mark: str = "json") -> str:
    return f"```{mark}\n{body}\n```"


def made(reading: Reading) -> list[tuple[str, Any]]:
    return [(call.name, call.arguments) for call in reading.calls]


ONE = [("add", {"a": 1})]
TWO = [("add", {"a": 1}), ("search", {"q": "x"})]
SEARCH = '{"name": "search", "arguments": {"q": "x"}}'
MARKS = {"q": "</tool_call> ``` } ] <tool_call>"}
IN_STRING = json.dumps({"name": "search", "arguments": MARKS})
DEEP = {"a": {"b": {"c": {"d": [1, [2, {"e": "}"}]]}}}}


@pytest.mark.parametrize(
    ("text", "calls", "dialect"),
    [
        pytest.param(tagged(ADD), ONE, "hermes", id="hermes"),
        pytest.param(f"<tool_call>{ADD}</tool_call>", ONE, "hermes", id="hermes_without_newlines"),
        pytest.param(tagged(ADD) + "\n" + tagged(SEARCH), TWO, "hermes", id="hermes_parallel"),
        pytest.param(tagged(ADD) + tagged(SEARCH), TWO, "hermes", id="no_separator_chain"),
        pytest.param(tagged(f"[{ADD}, {SEARCH}]"), TWO, "hermes", id="hermes_list_in_a_tag"),
        pytest.param("I add. " + tagged(ADD), ONE, "hermes", id="text_before_call"),
        pytest.param(tagged(ADD) + " Done.", ONE, "hermes", id="text_after_call"),
        pytest.param(f"<tool_call>\n{ADD}", ONE, "hermes", id="stop_token_stripped"),
        pytest.param(
            f"<tool_call>{ADD}<tool_call>{SEARCH}", TWO, "hermes", id="missing_closing_tags"
        ),
        pytest.param(
            tagged('{"name": "add", "arguments": {}}'), [("add", {})], "hermes", id="empty_args"
        ),
        pytest.param(
            tagged('{"name": "add", "parameters": {"a": 1}}'), ONE, "hermes", id="parameters_key"
        ),
        pytest.param(
            tagged('{"arguments": {"a": 1}, "name": "add"}'), ONE, "hermes", id="arguments_first"
        ),
        pytest.param(
            tagged('{"name": "add", "arguments": {"name": "add"}}'),
            [("add", {"name": "add"})],
            "hermes",
            id="param_named_name",
        ),
        pytest.param(tagged(IN_STRING), [("search", MARKS)], "hermes", id="marker_in_string"),
        pytest.param(
            tagged(json.dumps({"name": "add", "arguments": DEEP})),
            [("add", DEEP)],
            "hermes",
            id="nested_json",
        ),
        pytest.param(
            tagged('{"name": "search", "arguments": {"q": "  日本 \\u00e9\\n "}}'),
            [("search", {"q": "  日本 é\n "})],
            "hermes",
            id="unicode_and_significant_space",
        ),
        pytest.param(
            tagged('{"name": "nobody", "arguments": {}}'),
            [("nobody", {})],
            "hermes",
            id="a_tag_makes_a_call_of_an_unknown_tool",
        ),
        pytest.param(
            f"<think>{tagged(SEARCH)}</think>{tagged(ADD)}", ONE, "hermes", id="call_inside_think"
        ),
        pytest.param(f"so I add</think>\n{tagged(ADD)}", ONE, "hermes", id="think_no_open_tag"),
        pytest.param(
            tagged(ADD) + fenced(SEARCH), ONE, "hermes", id="tags_before_fences_before_bare"
        ),
        pytest.param(
            "A <tool_call> is: " + tagged(ADD), ONE, "hermes", id="a_stray_tag_hides_no_call"
        ),
        pytest.param(fenced(ADD), ONE, "fenced", id="fence_json"),
        pytest.param(fenced(ADD, ""), ONE, "fenced", id="fence_unmarked"),
        pytest.param(fenced(ADD, "tool_call"), ONE, "fenced", id="fence_tool_call"),
        pytest.param(fenced(ADD, "JSON "), ONE, "fenced", id="fence_in_capitals"),
        pytest.param(fenced(f"{ADD}\n{SEARCH}"), TWO, "fenced", id="fence_with_two_objects"),
        pytest.param(fenced(f"{ADD},\n{SEARCH}"), TWO, "fenced", id="fence_with_a_comma_between"),
        pytest.param(fenced(f"[{ADD}, {SEARCH}]"), TWO, "fenced", id="fence_with_a_list"),
        pytest.param(fenced(ADD) + "\nand\n" + fenced(SEARCH), TWO, "fenced", id="two_fences"),
        pytest.param(fenced(IN_STRING), [("search", MARKS)], "fenced", id="tag_in_a_fenced_string"),
        pytest.param(IN_STRING, [("search", MARKS)], "bare", id="tag_in_a_bare_string"),
        pytest.param(
            fenced('{"name": "search", "arguments": {"q": "```js\\n{\\n```"}}'),
            [("search", {"q": "```js\n{\n```"})],
            "fenced",
            id="code_fence_args",
        ),
        pytest.param(
            "```python\nadd(1)\n```\n" + fenced(ADD), ONE, "fenced", id="other_language_first"
        ),
        pytest.param(f"```json\n{ADD}", ONE, "fenced", id="fence_never_closed"),
        pytest.param(ADD, ONE, "bare", id="bare_object"),
        pytest.param(f"[{ADD}, {SEARCH}]", TWO, "bare", id="bare_list"),
        pytest.param(f"I will use {ADD}; then {SEARCH}.", TWO, "bare", id="bare_in_prose"),
        pytest.param("f(x) = {x} [1] " + ADD, ONE, "bare", id="stray_brackets_before"),
        pytest.param("{oops " + ADD, ONE, "bare", id="recovers_after_garbage"),
        pytest.param("{" + ADD + "}", ONE, "bare", id="doubled_braces"),
        pytest.param(
            '{"name": "math.factorial", "arguments": {"n": 5}}',
            [("math.factorial", {"n": 5})],
            "bare",
            id="dots_compare_as_underscores",
        ),
        pytest.param(
            '{"type": "function", "function": {"name": "add", "arguments": "{\\"a\\": 1}"}}',
            ONE,
            "bare",
            id="openai_object_dumped_as_text",
        ),
    ],
)
def test_reads(text: str, calls: list[tuple[str, Any]], dialect: str) -> None:
    reading = read_calls(text, OFFERED)
    assert made(reading) == calls
    assert {call.dialect for call in reading.calls} == {dialect}


@pytest.mark.parametrize(
    ("text", "broken", "at"),
    [
        pytest.param('<tool_call>\n{"name": "add", "argum', "truncated", 0, id="in_json"),
        pytest.param(
            'x <tool_call>\n{"name": "add", "arguments": {"q": "a', "truncated", 2, id="in_string"
        ),
        pytest.param("<tool_call>", "truncated", 0, id="stop_at_open_marker"),
        pytest.param(tagged("add(1)"), "json", 0, id="tag_without_json"),
        pytest.param(tagged("{'name': 'add', 'arguments': {}}"), "json", 0, id="python_literals"),
        pytest.param(
            tagged('{"name": "add", "arguments": {"a": 1}'), "json", 0, id="brace_missing"
        ),
        pytest.param(tagged('{"name": "add", "arguments": {"a": NaN}}'), "json", 0, id="nan"),
        pytest.param(tagged('{"name": "add"}'), "shape", 0, id="no_arguments"),
        pytest.param(tagged('{"arguments": {}}'), "shape", 0, id="no_name"),
        pytest.param(tagged("[]"), "shape", 0, id="empty_list"),
        pytest.param('```json\n{"name": "add", "arg', "truncated", 8, id="in_a_fence"),
        pytest.param(
            fenced('{"name": "add", "arguments": {"a": 2 * 3}}'), "json", 8, id="sum_in_a_fence"
        ),
        pytest.param('I use {"name": "add", "arguments": {"a"', "truncated", 6, id="bare_in_json"),
        pytest.param('{"name": "add", "arguments": {"a": }}', "json", 0, id="bare_not_json"),
        pytest.param(ADD + '{"name": "add"; }', "json", len(ADD), id="second_of_two"),
        pytest.param(ADD + " " * MAX_TEXT, "truncated", MAX_TEXT, id="over_the_size"),
    ],
)
def test_says_what_is_broken_and_where(text: str, broken: str, at: int) -> None:
    reading = read_calls(text, OFFERED)
    assert (reading.broken, reading.broken_at) == (broken, at)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("no call at all", id="prose"),
        pytest.param("", id="empty"),
        pytest.param('{"name": "Bob", "age": 3}', id="json_in_content_not_a_call"),
        pytest.param('{"name": "Bob", "ag', id="truncated_json_that_is_no_call"),
        pytest.param('{"name": "add"}', id="bare_name_without_arguments"),
        pytest.param(fenced('{"result": 3}'), id="fenced_result"),
        pytest.param("```js\nconst a = {name: 1}\n```", id="code"),
        pytest.param("<think>" + tagged(ADD), id="thinking_never_ends"),
    ],
)
def test_finds_no_call(text: str) -> None:
    reading = read_calls(text, OFFERED)
    assert (reading.calls, reading.broken, reading.invented) == ((), None, ())


def test_a_piece_of_a_broken_call_is_no_call() -> None:
    text = '{"name": "search", "arguments": {"q": ' + ADD + ", }}"
    assert read_calls(text, OFFERED).calls == ()


@pytest.mark.parametrize("wrap", [fenced, str], ids=["fenced", "bare"])
def test_a_call_of_a_tool_not_offered_is_noted_as_invented(wrap: Any) -> None:
    reading = read_calls(wrap('{"name": "fly", "arguments": {"to": "Rome"}}'), OFFERED)
    assert reading.calls == ()
    assert [call.name for call in reading.invented] == ["fly"]


@pytest.mark.parametrize(
    ("text", "calls", "prose"),
    [
        pytest.param("[search(q='</think>')]", [("search", {"q": "</think>"})], "", id="pythonic"),
        pytest.param(
            "Action: add[</think>]\n", [("add", {"a": "</think>"})], "", id="text_of_an_action"
        ),
        pytest.param(f"Or {ADD}?</think>{SEARCH}", TWO[1:], "", id="a_call_that_was_thought_of"),
        pytest.param(f"So <tool_call>{{</think>{tagged(ADD)}", ONE, "", id="and_not_ended"),
        pytest.param(f"Or {ADD}?</think>No.", [], "No.", id="thought_of_and_not_made"),
        pytest.param(f"A set {{x}}.</think>{tagged(ADD)}", ONE, "", id="braces"),
    ],
)
def test_a_closing_tag_alone_ends_reasoning_unless_a_call_holds_it(
    text: str, calls: list[tuple[str, Any]], prose: str
) -> None:
    parameters = {"properties": {"a": {}}}
    add = {"type": "function", "function": {"name": "add", "parameters": parameters}}
    reading = read_calls(text, {"add": add, "search": add})
    assert (made(reading), reading.prose) == (calls, prose)


def test_a_call_that_is_cut_behind_such_a_tag_is_truncated() -> None:
    reading = read_calls('<tool_call>{"name": "search", "arguments": {"q": "</think> a', OFFERED)
    assert (reading.broken, reading.broken_at) == ("truncated", 0)


def test_prose_is_what_stands_outside_the_calls() -> None:
    text = f"First.\n{tagged(ADD)}\nThen.\n{tagged(SEARCH)}\nLast."
    assert read_calls(text, OFFERED).prose == "First.\nThen.\nLast."


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        pytest.param("é " + tagged(ADD) + " z", tagged(ADD), id="hermes"),
        pytest.param("é " + fenced(ADD) + " z", fenced(ADD), id="fenced"),
        pytest.param("é " + ADD + " z", ADD, id="bare"),
    ],
)
def test_spans_are_characters_of_the_source(text: str, whole: str) -> None:
    (call,) = read_calls(text, OFFERED).calls
    assert call.call and call.name_at and call.arguments_at
    assert text[slice(*call.call)] == whole
    assert text[slice(*call.name_at)] == "add"
    assert text[slice(*call.arguments_at)] == call.arguments_text == '{"a": 1}'


@pytest.mark.parametrize("tail", ["\n</tool_call>", ""], ids=["closed", "open"])
def test_complete_says_whether_the_closing_tag_was_there(tail: str) -> None:
    (call,) = read_calls(f"<tool_call>\n{ADD}{tail}", OFFERED).calls
    assert call.complete is bool(tail)


PIECES = [*'{}[]",: \\\né', "```", "json", "<tool_call>", "</tool_call>", "</think>", ADD, '"name"']


@settings(deadline=None, max_examples=300, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_is_read_and_every_span_holds(parts: list[str]) -> None:
    text = "".join(parts)
    for call in read_calls(text, OFFERED).calls:
        assert call.arguments_at
        assert text[slice(*call.arguments_at)] == call.arguments_text


def test_random_cuts_never_make_a_call_of_other_arguments() -> None:
    whole = tagged(json.dumps({"name": "search", "arguments": {"path": "config.json", "n": 25}}))
    for cut in random.Random(7).sample(range(len(whole)), 60):
        for call in read_calls(whole[:cut], OFFERED).calls:
            assert call.arguments == {"path": "config.json", "n": 25}
