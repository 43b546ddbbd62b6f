"""JavaScript source as values; the same strings were held to the benchmark's own reader."""

import time
from typing import Any

import pytest

from ops.evaluation.bfcl.javascript import read_javascript
from ops.evaluation.bfcl.verdict import CannotJudgeError


@pytest.mark.parametrize(
    ("text", "declared", "inner", "value"),
    [
        ("'a b'", "String", None, "a b"),
        ("a b", "String", None, "a b"),
        ("-3", "integer", None, -3),
        ("3", "float", None, 3.0),
        ("1e3", "float", None, "1e3"),
        ("9n", "Bigint", None, 9),
        ("9", "Bigint", None, "9"),
        ("false", "Boolean", None, False),
        ("[1, 2]", "any", None, "[1, 2]"),
        ("[1, 2]", "array", "integer", [1, 2]),
        ("['a, b']", "array", "String", ["'a", "b'"]),
        ("new Array(1, 'x')", "array", None, [1, "x"]),
        ("[]", "array", "String", []),
        ("[ [1, 2], [3] ]", "array", "array", [[1, 2], [3]]),
        ("new Array([1], [2])", "array", "array", [[1], [2]]),
        ("[[1], 2]", "array", "array", ["[1"]),
        ("items", "array", "String", "items"),
        ("{}", "dict", None, {}),
        ("{a: 1, 'b': 'x', c: [1, 2], d: true}", "dict", None,
         {"a": 1, "b": "x", "c": [1, 2], "d": True}),
        ("{a: {b: 1}}", "dict", None, {"a": "{b: 1"}),
        ("options", "dict", None, "options"),
    ],
)  # fmt: skip
def test_an_expression(text: str, declared: str, inner: str | None, value: Any) -> None:
    found = read_javascript(text, declared, inner)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "declared"),
    [("[[" + "],[" * 650, "array"), ("[" * 2000, "array"), ("{" + "a:b," * 490 + "}", "dict")],
)
def test_no_text_takes_long(text: str, declared: str) -> None:
    began = time.process_time()
    read_javascript(text, declared)
    assert time.process_time() - began < 1


def test_a_type_that_the_benchmark_cannot_read_is_named() -> None:
    with pytest.raises(CannotJudgeError, match="Map"):
        read_javascript("map", "Map")
