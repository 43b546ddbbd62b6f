"""What is refused although json.loads would take it."""

import json
from typing import Any

import pytest

from ops.toolcalls.parse import MAX_DEPTH, check_value, parse_json


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("NaN", id="nan"),
        pytest.param('{"a": -Infinity}', id="infinity"),
        pytest.param("1e400", id="beyond_a_double"),
        pytest.param("9223372036854775808", id="beyond_int64"),
        pytest.param("-9223372036854775809", id="below_int64"),
        pytest.param("1" * 5000, id="more_digits_than_python_converts"),
        pytest.param('"\\ud800"', id="lone_surrogate"),
        pytest.param('{"\\udfff": 1}', id="lone_surrogate_in_a_key"),
        pytest.param('"\\u0000"', id="nul"),
        pytest.param("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), id="one_level_too_deep"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="deeper_than_the_stack"),
        pytest.param("{'a': 1}", id="python"),
        pytest.param("", id="empty"),
        pytest.param('"a\x11b"', id="raw_control_character"),
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('"\\ud83d\\ude00"', "\U0001f600", id="surrogate_pair"),
        pytest.param("9223372036854775807", 2**63 - 1, id="largest_integer"),
        pytest.param('{"a": 1, "a": 2}', {"a": 2}, id="last_of_equal_keys"),
        pytest.param("[" * MAX_DEPTH + "]" * MAX_DEPTH, None, id="deepest"),
    ],
)
def test_takes(text: str, value: Any) -> None:
    assert parse_json(text) == (json.loads(text) if value is None else value)


@pytest.mark.parametrize(
    "value", [float("inf"), 2**63, "\ud800", {"a": ["\0"]}], ids=["inf", "int", "surrogate", "nul"]
)
def test_checks_a_value_that_was_parsed_elsewhere(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_value(value)
