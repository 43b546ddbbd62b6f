"""Bytes of a chat completion become a record without reasoning; nothing becomes an exception."""

import json
import time
from typing import Any

import pytest

from ops.teacher.leak import TAGS
from ops.teacher.wire import SIZE_LIMIT, from_wire, to_completion

CANARY = "canary-7c1f"
CALL = {"function": {"name": "pay", "arguments": '{"reason": "rent", "amount": 3}'}}


def completion(message: dict[str, Any], **choice: Any) -> bytes:
    whole = {"message": {"role": "assistant", **message}, "finish_reason": "stop", **choice}
    return json.dumps({"model": "m", "choices": [whole]}).encode()


def logprobs(*tokens: str) -> dict[str, Any]:
    def one(token: str) -> dict[str, Any]:
        return {"token": token, "bytes": list(token.encode()), "logprob": -0.5}

    return {"content": [{**one(token), "top_logprobs": [one(token)]} for token in tokens]}


CARRIERS = [
    pytest.param({"content": "yes", "reasoning_content": CANARY}, "yes", id="reasoning_content"),
    pytest.param({"content": "yes", "reasoning": CANARY}, "yes", id="reasoning"),
    pytest.param(
        {"content": "yes", "reasoning_details": [{"type": "t", "text": CANARY}]},
        "yes",
        id="details",
    ),
    pytest.param({"content": "yes", "thinking": {"text": CANARY}}, "yes", id="thinking"),
    pytest.param({"content": "yes", "analysis": CANARY}, "yes", id="analysis"),
    pytest.param(
        {"content": [{"type": "thinking", "thinking": CANARY}, {"type": "text", "text": "yes"}]},
        "yes",
        id="thinking_block",
    ),
    pytest.param(
        {"content": [{"type": "text", "text": {"thinking": CANARY}}]}, "", id="block_in_a_text"
    ),
    pytest.param({"content": f"<think>{CANARY}</think>yes"}, "yes", id="closed"),
    pytest.param({"content": f"<THINKING>{CANARY}</Thinking>yes"}, "yes", id="other_case"),
    pytest.param(
        {"content": f"a<think>b<think>{CANARY}</think>{CANARY}</think>c"}, "ac", id="nested"
    ),
    pytest.param({"content": f"yes<think>{CANARY}"}, "yes", id="unterminated"),
    pytest.param({"content": f"{CANARY}</think>yes"}, "yes", id="only_closed"),
    pytest.param({"content": f"[THINK]{CANARY}[/THINK]yes"}, "yes", id="bracketed"),
    pytest.param({"content": f"<thi<think>x</think>nk>{CANARY}"}, "", id="joined_by_the_cut"),
    pytest.param(
        {
            "content": f"<|channel|>analysis<|message|>{CANARY}<|end|>"
            "<|start|>assistant<|channel|>final<|message|>yes"
        },
        "yes",
        id="channels",
    ),
    pytest.param({"content": "", "refusal": f"<think>{CANARY}</think>no"}, "", id="refusal"),
]


@pytest.mark.parametrize(("message", "words"), CARRIERS)
@pytest.mark.parametrize("calls", [[], [CALL]], ids=["words", "calls"])
def test_reasoning_is_gone_from_every_carrier(
    message: dict[str, Any], words: str, calls: list[dict[str, Any]]
) -> None:
    body = completion(
        {**message, "tool_calls": calls}, logprobs=logprobs(CANARY, "</think>", *words)
    )
    answer = from_wire(body)
    assert answer.content == words
    assert CANARY not in json.dumps(answer.as_json()) + repr(answer)
    assert CANARY not in json.dumps(to_completion(answer))
    assert answer.tool_calls == calls


@pytest.mark.parametrize(("message", "words"), CARRIERS)
def test_an_answer_says_which_carrier_was_dropped(message: dict[str, Any], words: str) -> None:
    answer = from_wire(completion(message))
    if "refusal" in message:
        assert (answer.problem, answer.detail) == ("refusal", "no")
    elif "text" in str(message) and words == "":
        assert answer.problem == "empty"
    else:
        assert answer.dropped
        assert answer.problem == ("" if words else "reasoning_starved")


def test_an_argument_named_reason_survives() -> None:
    answer = from_wire(completion({"content": None, "tool_calls": [CALL]}))
    assert answer.tool_calls == [CALL]
    assert (answer.problem, answer.dropped) == ("", [])


def test_reasoning_inside_arguments_goes_with_its_tag() -> None:
    call = {"function": {"name": "pay", "arguments": f'{{"a": "<think>{CANARY}</think>3"}}'}}
    answer = from_wire(completion({"tool_calls": [call]}))
    assert answer.tool_calls[0]["function"]["arguments"] == '{"a": "3"}'
    assert answer.dropped == ["arguments"]


@pytest.mark.parametrize(
    ("message", "finish", "problem"),
    [
        pytest.param({"content": "cut of"}, "length", "truncated", id="truncated"),
        pytest.param({"content": ""}, "length", "empty", id="empty"),
        pytest.param({"content": "<think>so"}, "length", "reasoning_starved", id="starved"),
        pytest.param({"content": None, "refusal": "I cannot"}, "stop", "refusal", id="refusal"),
        pytest.param({"content": "yes"}, None, "", id="no_finish_reason"),
    ],
)
def test_problems(message: dict[str, Any], finish: str | None, problem: str) -> None:
    assert from_wire(completion(message, finish_reason=finish)).problem == problem


@pytest.mark.parametrize(
    ("message", "tokens", "kept", "status"),
    [
        pytest.param({"content": "a b"}, ["a", " b"], ["a", " b"], "kept", id="whole"),
        pytest.param(
            {"content": "<think>x</think>a b"},
            ["<think>", "x", "</think>", "a", " b"],
            ["a", " b"],
            "kept",
            id="visible_suffix",
        ),
        pytest.param({"content": "a b"}, ["so", "a", " b"], ["a", " b"], "kept", id="untagged"),
        pytest.param(
            {"content": "a b"},
            ["x", "</think>a", " b"],
            [],
            "misaligned",
            id="token_across_the_cut",
        ),
        pytest.param({"content": "a b"}, ["other"], [], "misaligned", id="other_text"),
        pytest.param(
            {"content": None, "tool_calls": [CALL]},
            ["<tool_call>", '{"name": "pay"}'],
            ["<tool_call>", '{"name": "pay"}'],
            "kept",
            id="calls_alone",
        ),
        pytest.param(
            {"content": None, "tool_calls": [CALL], "reasoning": "so"},
            ["[so I]", "<tool_call>pay"],
            [],
            "misaligned",
            id="calls_after_reasoning",
        ),
        pytest.param({"content": "é"}, ["é"], ["é"], "kept", id="not_ascii"),
    ],
)
def test_logprobs_are_of_the_visible_text(
    message: dict[str, Any], tokens: list[str], kept: list[str], status: str
) -> None:
    answer = from_wire(completion(message, logprobs=logprobs(*tokens)))
    assert answer.logprobs == status
    assert [token.token.encode("latin-1").decode() for token in answer.tokens] == kept


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(3, id="no_object"),
        pytest.param({"token": "a"}, id="no_outcomes"),
        pytest.param({"token": "a", "top_logprobs": [7]}, id="outcome_is_a_number"),
        pytest.param({"token": "a", "bytes": [999], "top_logprobs": []}, id="byte_over_255"),
        pytest.param({"token": "\ud800", "top_logprobs": []}, id="surrogate"),
        pytest.param({"token": "b", "bytes": 10**12, "top_logprobs": []}, id="bytes_is_a_number"),
        pytest.param(
            {"token": "a", "top_logprobs": [{"token": "a", "logprob": 10**400}]}, id="huge"
        ),
        pytest.param(
            {"token": "a", "top_logprobs": [{"token": "a", "logprob": float("nan")}]}, id="nan"
        ),
    ],
)
def test_broken_logprobs_do_not_spoil_the_answer(entry: object) -> None:
    answer = from_wire(completion({"content": "a"}, logprobs={"content": [entry]}))
    assert (answer.content, answer.logprobs, answer.tokens) == ("a", "misaligned", [])


def test_surrogates_and_nul_become_text_that_utf8_holds() -> None:
    call = {"function": {"name": "p\ud800", "arguments": '{"a": "\x00"}'}}
    answer = from_wire(
        completion({"content": "a\ud800\x00", "tool_calls": [call]}, finish_reason="\udfff")
    )
    assert answer.content == "a?�"
    assert answer.tool_calls == [{"function": {"name": "p?", "arguments": '{"a": "�"}'}}]
    json.dumps(answer.as_json(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html><body>502</body></html>", id="html"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"choices": []}', id="no_choice"),
        pytest.param(b'{"choices": {}}', id="choices_is_an_object"),
        pytest.param(b'{"choices": [{"message": "hi"}]}', id="message_is_text"),
        pytest.param(b'{"choices": [{"message": null}]}', id="message_is_null"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"choices": ' + b"9" * 10_000 + b"}", id="huge_integer"),
        pytest.param(b"\xff\xfe\x00", id="not_utf8"),
        pytest.param(b'{"error": {"message": "quota"}}', id="error_with_status_200"),
    ],
)
def test_garbage_is_malformed_and_its_text_goes_nowhere(body: bytes) -> None:
    answer = from_wire(body)
    assert answer.problem == "malformed"
    assert len(answer.detail) < 80
    assert "quota" not in answer.detail
    assert "html" not in answer.detail


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("<think>" * (SIZE_LIMIT // 8), id="opens"),
        pytest.param("<think></think>" * (SIZE_LIMIT // 16), id="pairs"),
        pytest.param("<thi" * 100_000 + "<think></think>" + "nk>" * 100_000, id="joined"),
    ],
)
def test_hostile_tags_take_linear_time(words: str) -> None:
    began = time.monotonic()
    assert not TAGS.search(from_wire(completion({"content": words})).content)
    assert time.monotonic() - began < 10
