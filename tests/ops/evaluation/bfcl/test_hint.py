"""What a model is told about the language, worked out by hand from the benchmark's sentences."""

from typing import Any

from ops.evaluation.bfcl.hint import hinted


def row(**properties: Any) -> dict[str, Any]:
    parameters = {"type": "dict", "properties": properties, "required": []}
    return {"function": [{"name": "f", "description": "Does it.", "parameters": parameters}]}


def shown(category: str, **properties: Any) -> dict[str, Any]:
    function: dict[str, Any] = hinted(row(**properties), category)["function"][0]
    return function


def test_python_keeps_its_types() -> None:
    function = shown("live_simple", n={"type": "float", "description": "A number."})
    assert function["description"] == (
        "Does it. Note that the provided function is in Python 3 syntax."
    )
    assert function["parameters"]["properties"]["n"] == {
        "type": "float", "description": "A number.",
    }  # fmt: skip


def test_java_is_asked_for_as_source() -> None:
    function = shown(
        "simple_java",
        n={"type": "long", "description": "N."},
        o={"type": "any", "description": "O."},
        a={"type": "ArrayList", "items": {"type": "String"}, "description": "A."},
    )
    assert function["description"].endswith("is in Java 8 SDK syntax.")
    assert function["parameters"]["properties"] == {
        "n": {
            "type": "string",
            "description": "N. This is Java long type parameter in string representation.",
        },
        "o": {
            "type": "string",
            "description": "O. This parameter can be of any type of Java object in string "
            "representation.",
        },
        "a": {
            "type": "string",
            "description": "A. This is Java ArrayList type parameter in string representation. "
            "The list elements are of type String; they are not in string representation.",
        },
    }


def test_a_javascript_object_tells_its_members() -> None:
    members = {"k": {"type": "integer"}}
    function = shown(
        "simple_javascript", d={"type": "dict", "properties": members, "description": "D."}
    )
    assert function["parameters"]["properties"]["d"] == {
        "type": "string",
        "description": "D. This is JavaScript dict type parameter in string representation. The "
        "dictionary entries have the following schema; they are not in string representation. "
        '{"k": {"type": "integer"}}',
    }


def test_a_row_of_another_form_stays() -> None:
    for strange in ({"function": "f"}, {"function": [5]}, {"function": [{"name": "f"}]}):
        assert hinted(strange, "simple_java") == strange
    given = row(n="text")
    assert hinted(given, "simple_java")["function"][0]["parameters"]["properties"] == {"n": "text"}
