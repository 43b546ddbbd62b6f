"""All that the teacher sees of a failure is in the request's body: what is right is not."""

import json
from typing import Any

import pytest

from assets.critiques import request_of
from ops.evaluation.contract import CATEGORIES
from resources.profile import load

CANARY = "q7canary"


def canaried(value: Any) -> Any:
    """The expected calls with another value for each that is accepted."""
    if isinstance(value, dict):
        return {key: canaried(one) for key, one in value.items()}
    return [canaried(one) for one in value] if isinstance(value, list) else CANARY


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        pytest.param({}, False, id="not_by_default"),
        pytest.param({"critiques.show_reference": "true"}, True, id="if_set"),
    ],
)
def test_no_request_holds_what_is_right_unless_that_is_set(
    prompt_rows: list[dict[str, Any]], setting: dict[str, str], shown: bool
) -> None:
    profile = load("micro", setting)
    for row in prompt_rows:
        calls = [
            {"name": call["name"], "arguments": canaried(call["arguments"])}
            for call in json.loads(row["expected"])
        ]
        carries = [CANARY] if row["carries"] else None
        prompt = row | {"expected": json.dumps(calls), "carries": json.dumps(carries)}
        held = bool(calls and CANARY in prompt["expected"]) or bool(carries)
        for category in CATEGORIES:
            evidence = {"expected": f"one of {CANARY}", "found": "x", "output": "x"}
            body = request_of(profile, prompt, evidence | {"category": category})
            assert (CANARY in json.dumps(body)) == (shown and held)


def test_a_critique_is_asked_for_under_its_own_cap(prompt_rows: list[dict[str, Any]]) -> None:
    profile = load("micro", {"critiques.max_tokens": "77"})
    failure = {"category": "empty", "expected": "x", "found": "", "output": ""}
    body = request_of(profile, prompt_rows[0], failure)
    assert body["max_tokens"] == profile.rewriter.max_tokens == 77
    assert profile.teacher.max_tokens == 512
    assert "logprobs" not in body
