"""GLM's pairs of keys and values, in the layouts of its three versions."""

from typing import Any

import pytest

from ops.toolcalls.read import read_calls

PROPERTIES = {"city": {"type": "string"}, "days": {"type": "integer"}}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"properties": PROPERTIES}}}
OFFERED = {"look": TOOL}


@pytest.mark.parametrize(
    ("inside", "arguments", "complete"),
    [
        pytest.param(
            "look\n<arg_key>city</arg_key>\n<arg_value>Rom</arg_value>\n", {"city": "Rom"}, True,
            id="glm_45",
        ),
        pytest.param(
            "look<arg_key>city</arg_key><arg_value>Rom</arg_value>", {"city": "Rom"}, True,
            id="glm_47",
        ),
        pytest.param(
            "look <arg_key>days</arg_key> <arg_value>3</arg_value> ", {"days": 3}, True,
            id="blanks",
        ),
        pytest.param("look", {}, True, id="no_arguments"),
        pytest.param("look\n", {}, True, id="no_arguments_and_a_newline"),
        pytest.param(
            "look<arg_key>city</arg_key><arg_value> é \n</arg_value>", {"city": " é \n"}, True,
            id="space_is_the_values",
        ),
        pytest.param(
            "look<arg_key>city</arg_key><arg_value>a</arg_value> b</tool_call> c</arg_value>",
            {"city": "a</arg_value> b</tool_call> c"}, True, id="tags_in_a_value",
        ),
        pytest.param(
            "look<arg_key>city</arg_key><arg_value>Rom\n<arg_key>days</arg_key><arg_value>3"
            "</arg_value>",
            {"city": "Rom", "days": 3}, False, id="value_not_closed",
        ),
    ],
)  # fmt: skip
def test_reads(inside: str, arguments: dict[str, Any], complete: bool) -> None:
    text = f"<tool_call>{inside}</tool_call>"
    (call,) = read_calls(f"So: {text} ok", OFFERED).calls
    assert (call.name, call.arguments, call.dialect) == ("look", arguments, "glm")
    assert call.complete is complete
    assert call.call == (4, 4 + len(text))


def test_the_last_of_two_tags_may_lack_the_first_ones_end() -> None:
    pair = "<arg_key>city</arg_key><arg_value>Rom</arg_value>"
    reading = read_calls(f"<tool_call>look{pair}<tool_call>look{pair}</tool_call>", OFFERED)
    assert [call.complete for call in reading.calls] == [False, True]
    assert [call.arguments for call in reading.calls] == [{"city": "Rom"}] * 2


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        pytest.param("<tool_call>look<arg_key>ci", "truncated", id="cut_in_a_key"),
        pytest.param("<tool_call>look\n<arg_key>city</arg_key>\n<arg_", "truncated", id="between"),
        pytest.param(
            "<tool_call>look<arg_key>city</arg_key><arg_value>R</arg_value>", "truncated", id="end"
        ),
        pytest.param(
            "<tool_call>look<arg_key>city</arg_key>Rom</tool_call>", "json", id="no_value"
        ),
        pytest.param("<tool_call>unknown</tool_call>", "json", id="nobody_offered_that_name"),
    ],
)
def test_says_what_is_broken(text: str, broken: str) -> None:
    reading = read_calls(text, OFFERED)
    assert (reading.calls, reading.broken) == ((), broken)
