"""Which calls have a recorded result, and why the others have none."""

import json
from typing import Any

import pytest

from ops.evaluation.broker import Conversation, brokered_row, conversations
from ops.evaluation.contract import MISSES


def tool(name: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def called(*cities: str, name: str = "weather.now", ids: bool = True) -> dict[str, Any]:
    calls = [
        {
            **({"id": f"c{number}"} if ids else {}),
            "type": "function",
            "function": {"name": name, "arguments": json.dumps({"city": city})},
        }
        for number, city in enumerate(cities)
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(number: int, text: str, ids: bool = True) -> dict[str, Any]:
    return {"role": "tool", "content": text} | ({"tool_call_id": f"c{number}"} if ids else {})


USER = {"role": "user", "content": "the weather in Rome and Oslo, please"}


def prompt(*messages: dict[str, Any], carries: list[str] | None = None) -> dict[str, Any]:
    return {
        "prompt_id": "p",
        "split": "heldout",
        "messages": json.dumps(list(messages)),
        "tools": json.dumps([tool("weather.now"), tool("news")]),
        "carries": json.dumps(carries) if carries else None,
    }


def talk(*cities: str) -> Conversation:
    results = [result(number, f"{number} degrees") for number in range(len(cities))]
    (found,) = conversations([prompt(USER, called(*cities), *results)])
    return found


def text(*cities: str, name: str = "weather.now") -> str:
    calls = [json.dumps({"name": name, "arguments": {"city": city}}) for city in cities]
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        pytest.param(text("Rome"), None, id="as_recorded"),
        pytest.param("Let me see.\n" + text("rome"), None, id="words_before_and_case"),
        pytest.param(text("Rome", name="weather_now"), None, id="the_name_on_the_wire"),
        pytest.param(text("Paris"), "other_arguments", id="arguments"),
        pytest.param(text("Rome", name="news"), "other_tool", id="tool"),
        pytest.param(text("Rome", name="weather_later"), "other_tool", id="invented"),
        pytest.param(text("Rome", "Rome"), "other_tool", id="twice"),
        pytest.param("It is 3 degrees.", "no_call", id="words"),
        pytest.param(text("Rome")[:-20], "broken_call", id="cut"),
        pytest.param("", "no_call", id="empty"),
    ],
)
def test_one_recorded_call(output: str, reason: str | None) -> None:
    found, messages = talk("Rome").go_on(output)
    assert found == reason
    assert reason is None or reason in MISSES
    assert [one["role"] for one in messages] == ([] if reason else ["user", "assistant", "tool"])


def test_each_of_several_calls_gets_its_own_result_in_any_order() -> None:
    _, messages = talk("Rome", "Oslo").go_on("Both.\n" + text("Oslo", "Rome"))
    assert messages[0] == USER
    assert messages[1]["content"] == "Both."
    asked = [json.loads(call["function"]["arguments"]) for call in messages[1]["tool_calls"]]
    assert asked == [{"city": "Oslo"}, {"city": "Rome"}]
    assert [one["content"] for one in messages[2:]] == ["1 degrees", "0 degrees"]
    ids = [call["id"] for call in messages[1]["tool_calls"]]
    assert [one["tool_call_id"] for one in messages[2:]] == ids
    assert talk("Rome", "Oslo").go_on(text("Oslo"))[0] == "other_tool"


def test_which_prompts_are_fixtures() -> None:
    inner = prompt(USER, called("Rome"), result(0, "3"), USER)
    silent = prompt(USER, called("Rome", "Oslo"), result(0, "3"))
    broken = prompt(USER, {**called("Rome"), "tool_calls": [{"function": {"name": "a"}}]})
    alone = prompt(result(0, "3"))
    assert conversations([inner, silent, broken, alone, prompt(USER)]) == []
    by_order = prompt(USER, called("Rome", ids=False), result(0, "3", ids=False))
    (found,) = conversations([by_order])
    assert [(one.name, one.result) for one in found.fixtures] == [("weather.now", "3")]


@pytest.mark.parametrize(
    ("answer", "carried", "f1"),
    [("It is 21 degrees.", True, 1.0), ("It is 22.", False, 0.0), (text("Rome"), False, 0.0)],
)
def test_the_answer_to_a_result_is_scored(answer: str, carried: bool, f1: float) -> None:
    (of,) = conversations([prompt(USER, called("Rome"), result(0, "21"), carries=["21"])])
    row = brokered_row(of, "free", text("Rome"), None, (answer, True))
    assert (row["hit"], row["carried"], row["integration_f1"]) == (True, carried, f1)
    missed = brokered_row(of, "free", "words", "no_call", None)
    assert (missed["hit"], missed["reason"], missed.get("output")) == (False, "no_call", None)
