"""The body that is sent, its key, and what it costs."""

from typing import Any

import pytest

from ops.teacher.config import TeacherConfig
from ops.teacher.request import body, cost, request_key

MESSAGES = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}


def test_a_body_asks_for_what_the_profile_says() -> None:
    config = TeacherConfig(model="m", temperature=0.5, max_tokens=9, top_logprobs=4)
    assert body(config, MESSAGES, [TOOL]) == {
        "model": "m",
        "messages": MESSAGES,
        "temperature": 0.5,
        "max_tokens": 9,
        "tools": [TOOL],
        "logprobs": True,
        "top_logprobs": 4,
    }


def test_an_empty_list_of_tools_and_no_logprobs_are_left_out() -> None:
    assert body(TeacherConfig(top_logprobs=0), MESSAGES, []).keys() == {
        "model",
        "messages",
        "temperature",
        "max_tokens",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"temperature": 0.1},
        {"max_tokens": 7},
        {"top_logprobs": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_an_answer_changes_the_key(change: dict[str, Any]) -> None:
    config = TeacherConfig()
    other = config.model_copy(update=change)
    key = request_key("e", body(config, MESSAGES, [TOOL]))
    assert key != request_key("e", body(other, MESSAGES, [TOOL]))
    assert key != request_key("elsewhere", body(config, MESSAGES, [TOOL]))
    assert key != request_key("e", body(config, MESSAGES, []))


@pytest.mark.parametrize(
    "change",
    [
        {"concurrency": 2},
        {"attempts": 9},
        {"deadline_s": 3.0},
        {"api_key_env": "X"},
        {"budget": 1.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_pace_key_and_budget_do_not(change: dict[str, Any]) -> None:
    config = TeacherConfig()
    other = config.model_copy(update=change)
    assert body(config, MESSAGES, [TOOL]) == body(other, MESSAGES, [TOOL])


def test_a_dollar_a_million_is_a_microdollar_a_token() -> None:
    config = TeacherConfig(input_price=0.5, output_price=2.0)
    assert cost(config, 1_000_000, 0) == 500_000
    assert cost(config, 100, 10) == 70
