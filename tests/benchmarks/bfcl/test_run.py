"""The answers that are made to be wrong are wrong in the way that their name says."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.bfcl import run, sources, table
from benchmarks.bfcl.corrupt import CORRUPTIONS
from benchmarks.bfcl.gold import gold
from ops.evaluation.bfcl import cases
from ops.evaluation.bfcl.java import read_java
from ops.evaluation.bfcl.javascript import read_javascript
from tests.bfcl import AREA, write_benchmark

RIGHT = [("shape_area", {"width": 2.0, "height": 3.0})]


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        ("gold", RIGHT),
        ("wrong_name", [("shape_area_other", RIGHT[0][1])]),
        ("dotted_name", [("shape.area", RIGHT[0][1])]),
        ("missing_required", [("shape_area", {"height": 3.0})]),
        ("optional_added", [("shape_area", {"width": 2.0, "height": 3.0, "unit": "guess"})]),
        ("int_for_float", [("shape_area", {"width": 2, "height": 3.0})]),
        ("text_for_number", [("shape_area", {"width": "2.0", "height": 3.0})]),
        ("other_value", [("shape_area", {"width": 3.0, "height": 3.0})]),
        ("swapped", None),
        ("float_for_int", None),
        ("doubled_call", [*RIGHT, *RIGHT]),
        ("arguments_no_object", [("shape_area", "a text")]),
    ],
)
def test_a_corruption_does_what_its_name_says(kind: str, calls: Any) -> None:
    assert CORRUPTIONS[kind](RIGHT, [AREA]) == calls
    assert RIGHT == [("shape_area", {"width": 2.0, "height": 3.0})]


@pytest.mark.parametrize(
    ("value", "declared", "inner"),
    [([1, 2], "Array", "integer"), (["a", "b"], "ArrayList", "String"), (7, "long", "any"),
     ({"limit": 50, "on": True, "name": "x"}, "HashMap", "any"), (1.5, "float", "any")],
)  # fmt: skip
def test_java_is_written_as_it_is_read(value: Any, declared: str, inner: str) -> None:
    schema = {"type": declared, "items": {"type": inner}}
    truth = [{"f": {"x": [value]}}]
    function = {"name": "f", "parameters": {"required": ["x"], "properties": {"x": schema}}}
    [(_, arguments)] = gold("simple_java", [function], truth)
    assert read_java(arguments["x"], declared, inner) == value


@pytest.mark.parametrize(
    ("value", "declared", "inner"),
    [([1, 2], "array", "integer"), (9, "Bigint", "any"), ({"a": 1, "b": "x"}, "dict", "any")],
)
def test_javascript_is_written_as_it_is_read(value: Any, declared: str, inner: str) -> None:
    schema = {"type": declared, "items": {"type": inner}}
    truth = [{"f": {"x": [value]}}]
    function = {"name": "f", "parameters": {"required": ["x"], "properties": {"x": schema}}}
    [(_, arguments)] = gold("simple_javascript", [function], truth)
    assert read_javascript(arguments["x"], declared, inner) == value


def test_a_verdict_that_differs_is_counted_and_told(tmp_path: Path) -> None:
    case = cases.read(write_benchmark(tmp_path / "data"), "simple_python")[0]
    row = run.answered(case)
    theirs = [run.ours(row)]
    found = run.compared([row], theirs)
    assert table.differences(found) == []
    assert found["simple_python", "gold"] == run.Agreement(1, right=1)
    theirs[0][0] = {"valid": False, "error_type": "value_error:others"}
    theirs[0][1] = {"raised": "KeyError: 'x'"}
    told = table.differences(run.compared([row], theirs))
    assert [one.split(" {")[0] for one in told] == [case.id, case.id]
    assert "gold" in told[0]
    assert "wrong_name" in told[1]
    assert "| all |" in table.by_kind(found)
    kinds = [answer["kind"] for answer in row["answers"]]
    assert len(kinds) == len(set(kinds)) > 15


def test_a_source_text_that_is_read_otherwise_is_told() -> None:
    rows = sources.texts(40)
    assert rows == sources.texts(40)
    values = [sources.ours(row) for row in rows]
    assert sources.differences(rows, values) == []
    assert "80 source texts" in sources.told(rows, values)
    values[3] += " "
    [told] = sources.differences(rows, values)
    assert told.startswith(str(rows[3]))
