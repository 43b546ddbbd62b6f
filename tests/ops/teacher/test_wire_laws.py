"""Laws of the wire: any bytes give a record that can be stored, and no tag survives."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ops.teacher.leak import TAGS
from ops.teacher.wire import Answer, Token, from_wire, to_completion

CALL = {"function": {"name": "pay", "arguments": '{"reason": "rent", "amount": 3}'}}


def completion(message: dict[str, Any], **choice: Any) -> bytes:
    whole = {"message": {"role": "assistant", **message}, "finish_reason": "stop", **choice}
    return json.dumps({"model": "m", "choices": [whole]}).encode()


def logprobs(*tokens: str) -> dict[str, Any]:
    def one(token: str) -> dict[str, Any]:
        return {"token": token, "bytes": list(token.encode()), "logprob": -0.5}

    return {"content": [{**one(token), "top_logprobs": [one(token)]} for token in tokens]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["content", "tool_calls", "function_call", "reasoning", "refusal", "function", "arguments"]
)
MESSAGE = st.dictionaries(
    NAMES,
    JSON
    | st.lists(st.fixed_dictionaries({"function": st.dictionaries(NAMES, JSON), "type": JSON})),
)
CHOICE = st.fixed_dictionaries({"message": MESSAGE, "logprobs": JSON, "finish_reason": JSON})
BODY = st.fixed_dictionaries(
    {"choices": st.lists(CHOICE, min_size=1), "usage": JSON, "model": JSON}
)


@settings(deadline=None, max_examples=120)
@given(st.one_of(JSON, BODY))
def test_any_json_gives_a_record_that_can_be_stored(value: object) -> None:
    answer = from_wire(json.dumps(value).encode())
    stored = json.loads(json.dumps(answer.as_json(), ensure_ascii=False).encode("utf-8"))
    assert Answer.from_json(stored) == answer


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_give_a_record(body: bytes) -> None:
    assert isinstance(from_wire(body), Answer)


PIECES = st.lists(
    st.sampled_from(["<think>", "</think>", "[THINK]", "<thi", "nk>", "a", "<|channel|>analysis"]),
    max_size=30,
)


@settings(deadline=None)
@given(PIECES)
def test_no_arrangement_of_tags_leaves_a_tag(pieces: list[str]) -> None:
    answer = from_wire(completion({"content": "".join(pieces)}))
    assert not TAGS.search(answer.content)


@settings(deadline=None)
@given(st.text(), st.booleans(), st.booleans())
def test_a_recorded_answer_reads_back_equal(words: str, calls: bool, with_tokens: bool) -> None:
    sent = {"content": words, "tool_calls": [CALL] if calls else []}
    tokens = logprobs(words[: len(words) // 2], words[len(words) // 2 :]) if with_tokens else None
    try:
        body = completion(sent, logprobs=tokens)
    except UnicodeEncodeError:
        return
    answer = from_wire(body)
    again = from_wire(json.dumps(to_completion(answer)).encode())
    unknown = answer.logprobs if answer.tokens else "absent"
    assert again == replace(answer, dropped=[], logprobs=unknown, problem=again.problem)


def test_tokens_of_no_utf8_read_back_equal() -> None:
    halves = [Token("\xc3", [("\xc3", -0.1)]), Token("\xa9", [("\xa9", -0.2), ("x", -3.0)])]
    answer = Answer(content="é", finish_reason="stop", model="m", tokens=halves, logprobs="kept")
    assert from_wire(json.dumps(to_completion(answer)).encode()) == answer
