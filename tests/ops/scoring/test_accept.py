"""Which answers of a teacher may be learnt from."""

import json
from typing import Any

import pytest

from ops.scoring.accept import accept


def tool(name: str) -> dict[str, Any]:
    properties = {"city": {"type": "string"}, "days": {"type": "integer"}}
    parameters = {"type": "object", "properties": properties, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def prompt(expected: Any = None, carries: Any = None, name: str = "weather") -> dict[str, Any]:
    return {
        "tools": json.dumps([tool(name)]),
        "expected": None if expected is None else json.dumps(expected),
        "carries": None if carries is None else json.dumps(carries),
    }


def calling(name: str = "weather", text: str | None = None, **arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments) if text is None else text}
    return {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}


def saying(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


ROME = [{"name": "weather", "arguments": {"city": ["Rome"], "days": [3, ""]}}]


def test_an_accepted_call_is_written_in_the_order_of_the_schema() -> None:
    verdict = accept(calling(days=3, city="Rome"), prompt(ROME))
    assert verdict.reason == ""
    assert verdict.calls == '[{"name": "weather", "arguments": {"city": "Rome", "days": 3}}]'
    assert (verdict.content, verdict.dialect) == ("", "openai")


def test_a_call_written_as_text_is_accepted_and_its_words_are_dropped() -> None:
    text = 'Sure.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'
    verdict = accept(saying(text), prompt(ROME))
    assert (verdict.reason, verdict.content, verdict.dialect) == ("", "", "hermes")


def test_the_name_learnt_is_the_name_offered() -> None:
    """The chat API allows no dot in a name, and servers put an underscore for it."""
    verdict = accept(calling("geo_weather", city="Rome"), prompt(name="geo.weather"))
    assert json.loads(verdict.calls)[0]["name"] == "geo.weather"


@pytest.mark.parametrize(
    ("message", "row", "reason", "detail"),
    [
        pytest.param(calling(text="{oops"), prompt(), "broken_call", "truncated", id="cut"),
        pytest.param(calling(days=3), prompt(), "schema", "missing_argument city", id="missing"),
        pytest.param(calling(city=3), prompt(), "schema", "wrong_type city", id="type"),
        pytest.param(calling("fly"), prompt(), "schema", "fly: unknown_tool", id="unknown_tool"),
        pytest.param(
            calling(city="Oslo"), prompt(ROME), "wrong_answer", "wrong_argument_value", id="value"
        ),
        pytest.param(saying("Hm."), prompt(ROME), "wrong_answer", "missing_call", id="words"),
        pytest.param(
            calling(city="Rome"), prompt([]), "wrong_answer", "needless_call", id="needless"
        ),
        pytest.param(
            saying("It is warm."), prompt([], ["21"]), "wrong_answer", "integration_error", id="21"
        ),
    ],
)
def test_refused(message: Any, row: Any, reason: str, detail: str) -> None:
    verdict = accept(message, row)
    assert verdict.reason == reason
    assert detail in verdict.detail
    assert len(verdict.detail) <= 300
    assert (verdict.content, verdict.calls) == ("", "[]")


def test_where_nothing_is_known_a_valid_answer_is_accepted() -> None:
    assert accept(saying(" It is 21. "), prompt()).content == "It is 21."
    assert accept(calling(city="Oslo"), prompt()).reason == ""
