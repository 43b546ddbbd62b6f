"""Java source as values; the same strings were held to the benchmark's own reader."""

import time
from typing import Any

import pytest

from ops.evaluation.bfcl.java import read_java
from ops.evaluation.bfcl.verdict import CannotJudgeError


@pytest.mark.parametrize(
    ("text", "declared", "inner", "value"),
    [
        ("-12", "integer", None, -12),
        ("12L", "integer", None, "12L"),
        ("12L", "long", None, 12),
        ("12", "long", None, "12"),
        ("3.5f", "float", None, 3.5),
        ("3.5", "float", None, "3.5"),
        ("1e-3", "double", None, 0.001),
        ("true", "boolean", None, True),
        ("True", "boolean", None, "True"),
        ("'c'", "char", None, "'c'"),
        ("5", "any", None, "5"),
        ("new int[] {1, 2, }", "Array", "integer", [1, 2]),
        ('new String[]{"a", "b"}', "Array", "String", ['"a"', '"b"']),
        ("{1, 2}", "Array", "integer", "{1, 2}"),
        ('new ArrayList<>(Arrays.asList("a", "b"))', "ArrayList", "String", ["a", "b"]),
        ("new ArrayList<Integer>() {{ add(1); add(2L); }}", "ArrayList", "integer", [1, "2L"]),
        ("new ArrayList<>() {{ }}", "ArrayList", "integer", []),
        ("new ArrayList<>()", "ArrayList", "integer", []),
        ("list", "ArrayList", "integer", "list"),
        ('new HashMap<>() {{ put("a", 1); put("b", "x"); put("c", true); }}', "HashMap", None,
         {"a": 1, "b": "x", "c": True}),
        ("new HashMap<String, Integer>()", "HashMap", None, {}),
        ("map", "HashMap", None, "map"),
    ],
)  # fmt: skip
def test_an_expression(text: str, declared: str, inner: str | None, value: Any) -> None:
    found = read_java(text, declared, inner)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("new HashMap<>(){" + " " * 100_000, "HashMap"),
        ("new HashMap<>(){" + 'put("",' * 280, "HashMap"),
        ("new ArrayList<>(){{" + " " * 1970, "ArrayList"),
        ("new a[]{" * 240, "Array"),
    ],
)
def test_no_text_takes_long(text: str, declared: str) -> None:
    began = time.process_time()
    read_java(text, declared)
    assert time.process_time() - began < 1


def test_a_type_that_the_benchmark_cannot_read_is_named() -> None:
    with pytest.raises(CannotJudgeError, match="Queue"):
        read_java("queue", "Queue")
