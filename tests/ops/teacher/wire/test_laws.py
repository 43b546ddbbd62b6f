"""Laws of the wire: any bytes give a record that can be stored, and no tag survives."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ops.reasoning.cut import tagged
from ops.teacher.contract import REASONS
from ops.teacher.wire import Answer, from_wire, to_completion

from .conftest import CALL, CANARY, completion, logprobs

TEXTS = st.text() | st.sampled_from(
    ["yes", f"<think>{CANARY}", "</think>", "\ud800", "\0", '{"a": 1}', "text", "thinking", "stop"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["content", "tool_calls", "function_call", "reasoning", "thinking_blocks", "refusal", "audio"]
)
INNER = st.sampled_from(["name", "arguments", "type", "text", "thinking", "data", "function"])
BLOCKS = st.lists(
    st.dictionaries(INNER, JSON, max_size=4)
    | st.fixed_dictionaries({"function": st.dictionaries(INNER, JSON)}),
    max_size=3,
)
ENTRY = st.dictionaries(
    st.sampled_from(["token", "bytes", "logprob", "top_logprobs"]), JSON, max_size=4
)
CHOICE = st.fixed_dictionaries(
    {
        "message": st.dictionaries(NAMES, JSON | BLOCKS),
        "logprobs": JSON | st.fixed_dictionaries({"content": st.lists(ENTRY, max_size=3)}),
        "finish_reason": JSON,
    }
)
USAGE = st.dictionaries(
    st.sampled_from(["prompt_tokens", "cost", "prompt_tokens_details"]), JSON, max_size=3
)
BODY = st.fixed_dictionaries(
    {"choices": st.lists(CHOICE, min_size=1, max_size=2), "usage": JSON | USAGE, "model": JSON}
)


def check(answer: Answer) -> None:
    """What holds of every record."""
    stored = json.loads(json.dumps(answer.as_json(), ensure_ascii=False).encode("utf-8"))
    assert Answer.from_json(stored) == answer
    assert answer.problem in ("", *REASONS)
    assert len(answer.detail) <= 300
    assert not tagged(answer.content)
    assert not any(tagged(text) for call in answer.tool_calls for text in call["function"].values())
    assert bool(answer.tokens) == (answer.logprobs == "kept")


@settings(deadline=None, max_examples=120)
@given(st.one_of(JSON, BODY), st.booleans())
def test_any_json_gives_a_record_that_can_be_stored(value: object, keep: bool) -> None:
    answer = from_wire(json.dumps(value).encode(), keep)
    check(answer)
    assert keep or not answer.reasoning


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_give_a_record(body: bytes) -> None:
    check(from_wire(body))


@settings(deadline=None)
@given(st.integers(0, 400), st.binary(max_size=3))
def test_a_spoilt_body_gives_a_record(at: int, noise: bytes) -> None:
    message = {"content": f"<think>{CANARY}</think>yes", "tool_calls": [CALL]}
    body = completion(message, logprobs=logprobs("y", "es"))
    check(from_wire(body[:at] + noise + body[at + len(noise) :]))
    check(from_wire(body[:at]))


@settings(deadline=None)
@given(st.text(), st.booleans(), st.booleans())
def test_a_recorded_answer_reads_back_equal(words: str, calls: bool, with_tokens: bool) -> None:
    sent: dict[str, Any] = {"content": words, "tool_calls": [CALL] if calls else []}
    tokens = logprobs(words[: len(words) // 2], words[len(words) // 2 :]) if with_tokens else None
    answer = from_wire(completion(sent, logprobs=tokens))
    again = from_wire(json.dumps(to_completion(answer)).encode())
    assert again == replace(
        answer,
        dropped=[],
        reasoning_chars=0,
        logprobs=again.logprobs,
        problem=again.problem,
        detail=again.detail,
    )
