"""The walk over brackets and strings: right where it ends, and bounded where it does not."""

import json
import time

import pytest

from ops.toolcalls.read import read_calls
from ops.toolcalls.scan import MAX_TEXT, Scanner

OFFERED = {"add"}


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param('{"a": 1} x', 8, id="object"),
        pytest.param('{"a": "}"}', 10, id="brace_inside_string"),
        pytest.param('{"a": "\\"}"}', 12, id="escaped_quote"),
        pytest.param('{"a": {"b": [{}]}}', 18, id="nested"),
        pytest.param('{"a": 1', None, id="open"),
        pytest.param('{"a": "1}', None, id="open_string"),
    ],
)
def test_close(text: str, end: int | None) -> None:
    assert Scanner(text).close(0) == end


def test_members_and_items_cover_what_json_reads() -> None:
    text = '{ "a\\"b" : [1, "x,]"], "c":{}, "d": -1.5e3 ,"e":null}'
    members = list(Scanner(text).members(0))
    assert {m.key: json.loads(text[m.start : m.end]) for m in members} == json.loads(text)
    items = '[ {"a": [1]} ,[], "]" , 3]'
    assert [items[at] for at in Scanner(items).items(0)] == ["{", "[", '"', "3"]


def hostile() -> dict[str, str]:
    n = MAX_TEXT
    return {
        "open_braces": "{" * n,
        "open_lists": "[" * (n // 2) + "]" * (n // 2),
        "open_members": '{"a":' * (n // 5),
        "open_calls": '{"name": "add", "arguments": ' * (n // 29),
        "quotes": '{"' * (n // 2),
        "backslashes": '{"' + "\\" * (n - 2),
        "tags": "<tool_call>" * (n // 11),
        "tags_and_braces": "<tool_call>{" * (n // 12),
        "tags_and_quotes": '<tool_call>{"a":"' * (n // 17),
        "fences": "```" * (n // 3),
        "fences_and_braces": "```json\n{" * (n // 9),
        "spaces_in_a_fence": "```json" + " " * (n - 7),
        "spaces_in_a_tag": "<tool_call>" + " " * (n - 11),
        "brackets": "[]" * (n // 2),
        "deep_arguments": '{"name": "add", "arguments": ' + '{"a":' * 20_000 + "1" + "}" * 20_001,
        "digits": '{"name": "add", "arguments": {"a": ' + "9" * 200_000 + "}}",
    }


@pytest.mark.parametrize("text", hostile().values(), ids=hostile())
def test_hostile_text_takes_bounded_time(text: str) -> None:
    began = time.process_time()
    assert read_calls(text, OFFERED).calls == ()
    assert time.process_time() - began < 10


def test_the_scanner_stops_at_its_budget() -> None:
    scanner = Scanner("{" * 1000)
    tries = 0
    while not scanner.spent:
        assert scanner.close(tries) is None
        tries += 1
    # Each try walks to the end: without the budget there would be a thousand of them.
    assert tries <= 10
    assert scanner.close(0) is None
