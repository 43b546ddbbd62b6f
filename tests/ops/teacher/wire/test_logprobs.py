"""Log-probabilities stay only where their tokens are, byte for byte, what the answer shows."""

import json
import math
from typing import Any

import pytest

from ops.teacher.wire.logprobs import SENTINEL, aligned
from ops.teacher.wire.tokens import FLOOR, NONE

from .conftest import CALL, logprobs

HERMES = ["<tool_call>", '{"name": "pay", ', '"arguments": {"reason": "rent", "amount": 3}}']
HARMONY = [
    "<|start|>", "assistant", "<|channel|>", "commentary", " to=functions.pay ", "<|constrain|>",
    "json", "<|message|>", '{"reason": "rent"', ', "amount": 3}',
]  # fmt: skip
QWEN = [
    "<tool_call>", "\n<function=pay>\n", "<parameter=reason>\nrent\n</parameter>\n",
    "<parameter=amount>\n3\n</parameter>\n", "</function>\n</tool_call>",
]  # fmt: skip
GLM = [
    "<tool_call>", "pay\n<arg_key>reason</arg_key>\n<arg_value>rent</arg_value>\n",
    "<arg_key>amount</arg_key>\n<arg_value>3</arg_value>\n", "</tool_call>",
]  # fmt: skip
MINIMAX = [
    "<minimax:tool_call>\n", '<invoke name="pay">\n<parameter name="reason">rent</parameter>\n',
    '<parameter name="amount">3</parameter>\n', "</invoke>\n</minimax:tool_call>",
]  # fmt: skip
TWO = [CALL, {"function": {"name": "a.b", "arguments": "{}"}}]


def kept(tokens: list[str | bytes], words: str, calls: list[Any]) -> tuple[list[str], str]:
    found, status = aligned(logprobs(*tokens), words, calls)
    return [one.token.decode("utf-8", "replace") for one in found.positions()], status


@pytest.mark.parametrize(
    ("words", "tokens", "wanted"),
    [
        pytest.param("a b", ["a", " b"], ["a", " b"], id="whole"),
        pytest.param("é", [b"\xc3", b"\xa9"], ["\N{REPLACEMENT CHARACTER}"] * 2, id="half_bytes"),
        pytest.param(
            "a b", ["<think>", "x", "</think>", "a", " b"], ["a", " b"], id="visible_suffix"
        ),
        pytest.param("a b", ["so", "a", " b"], ["a", " b"], id="untagged"),
        pytest.param("a b", ["", "", "a", " b", ""], ["a", " b"], id="special_tokens_as_nothing"),
        pytest.param("a b", ["a", " b", "<|im_end|>"], ["a", " b"], id="end_of_turn"),
        pytest.param("a b", ["\n", "a", " b", "\n", "</s>"], ["a", " b"], id="stripped"),
        pytest.param("a\n", ["a", "\n", "<eos>"], ["a", "\n"], id="not_stripped"),
    ],
)
def test_tokens_of_the_words_are_kept(
    words: str, tokens: list[str | bytes], wanted: list[str]
) -> None:
    assert kept(tokens, words, []) == (wanted, "kept")


@pytest.mark.parametrize(
    ("words", "tokens"),
    [
        pytest.param("a b", ["x", "</think>a", " b"], id="token_across_the_cut"),
        pytest.param("a b", ["other"], id="other_text"),
        pytest.param("a b", ["a", " b", "and more"], id="text_after"),
        pytest.param("a b", ["a", " b", *["\n"] * 9], id="many_ends"),
        pytest.param("a b", ["b"], id="too_few"),
        pytest.param("", ["a"], id="no_words"),
    ],
)
def test_tokens_of_anything_else_are_not(words: str, tokens: list[str | bytes]) -> None:
    assert kept(tokens, words, []) == ([], "misaligned")


@pytest.mark.parametrize(
    ("tokens", "words", "wanted"),
    [
        pytest.param([*HERMES, "</tool_call>"], "", 4, id="hermes"),
        pytest.param([*HERMES, "</tool_call>", "<|im_end|>"], "", 4, id="end_of_turn"),
        pytest.param([*HERMES[1:], "\n"], "", 2, id="bare"),
        pytest.param(["```json\n", *HERMES[1:], "\n```"], "", 4, id="fenced"),
        pytest.param(["[TOOL_CALLS]", "[", *HERMES[1:], "]"], "", 5, id="mistral"),
        pytest.param(["<think>", "so", "</think>", *HERMES], "", 3, id="after_reasoning"),
        pytest.param(["Sure.", "\n", *HERMES, "</tool_call>"], "Sure.", 6, id="with_words"),
        pytest.param(
            ["<|channel|>", "analysis", "<|message|>", "so", "<|end|>", *HARMONY],
            "",
            10,
            id="harmony_after_reasoning",
        ),
        pytest.param([*HARMONY, "<|call|>"], "", 10, id="harmony_to_its_stop"),
        pytest.param(QWEN, "", 5, id="qwen"),
        pytest.param(GLM, "", 4, id="glm"),
        pytest.param(MINIMAX, "", 4, id="minimax"),
    ],
)
def test_tokens_of_calls_are_kept_if_they_read_back(
    tokens: list[str | bytes], words: str, wanted: int
) -> None:
    found, status = kept(tokens, words, [CALL])
    assert (len(found), status) == (wanted, "kept")
    assert found == tokens[-wanted:] or tokens[-1] in ("<|im_end|>", "\n", "<|call|>")


@pytest.mark.parametrize(
    "tokens",
    [
        pytest.param(["[so I]", *HERMES], id="words_that_are_not_shown"),
        pytest.param(["so I ", "</think>", "pay, ", *HERMES], id="words_after_reasoning"),
        pytest.param(["{so I}", *HERMES], id="braces"),
        pytest.param([*HERMES[:2], '"arguments": {"reason": "rent", "amount": 4}}'], id="other"),
        pytest.param([*HERMES, "</tool_call>", *HERMES, "</tool_call>"], id="twice"),
        pytest.param(HERMES[:2], id="cut_off"),
        pytest.param(["x</think>" + HERMES[0], *HERMES[1:]], id="token_across_the_cut"),
        pytest.param([*HERMES, b"\xff"], id="not_utf8"),
        pytest.param(
            ["<|channel|>commentary to=pay<|message|>", '{"reason": "rent"}'], id="harmony"
        ),
    ],
)
def test_tokens_that_say_more_than_the_calls_are_not(tokens: list[str | bytes]) -> None:
    assert kept(tokens, "", [CALL]) == ([], "misaligned")


@pytest.mark.parametrize(
    ("spelt", "sent", "status"),
    [
        pytest.param("3", 3, "kept", id="integer"),
        pytest.param("3", 3.0, "kept", id="number"),
        pytest.param("3", "3", "kept", id="text"),
        pytest.param("true", True, "kept", id="boolean"),
        pytest.param("null", None, "kept", id="null"),
        pytest.param('[1, "a"]', [1, "a"], "kept", id="list"),
        pytest.param("{'a': True}", {"a": True}, "kept", id="python_object"),
        pytest.param("3", 4, "misaligned", id="another_number"),
        pytest.param("3", "4", "misaligned", id="another_text"),
        pytest.param("3", [3], "misaligned", id="another_type"),
    ],
)
def test_a_value_without_a_type_is_read_as_the_type_that_was_sent(
    spelt: str, sent: Any, status: str
) -> None:
    call = {"function": {"name": "f", "arguments": json.dumps({"a": sent})}}
    tokens: list[str | bytes] = ["<function=f>", f"<parameter=a>\n{spelt}\n</parameter>"]
    assert kept([*tokens, "</function>"], "", [call])[1] == status


def test_one_key_may_have_two_types() -> None:
    calls = [{"function": {"name": "f", "arguments": json.dumps({"a": v})}} for v in (3, "b")]
    values: list[str | bytes] = [
        f"<function=f>\n<parameter=a>\n{v}\n</parameter>\n</function>" for v in ("3", "b")
    ]
    assert kept(values, "", calls)[1] == "kept"


def test_names_are_compared_as_the_api_writes_them() -> None:
    tokens: list[str | bytes] = [
        *HERMES,
        "</tool_call>",
        '<tool_call>{"name": "a_b", ',
        '"arguments": {}}',
    ]
    assert kept(tokens, "", TWO)[1] == "kept"


@pytest.mark.parametrize("nothing", [None, {}, [], {"content": None}, {"content": []}, 3])
def test_no_logprobs_are_absent(nothing: object) -> None:
    assert aligned(nothing, "a", []) == (NONE, "absent")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(3, id="no_object"),
        pytest.param({"token": "a", "logprob": -1}, id="no_outcomes"),
        pytest.param({"token": "a", "top_logprobs": []}, id="no_logprob"),
        pytest.param({"token": "a", "logprob": -1, "top_logprobs": [7]}, id="outcome_is_a_number"),
        pytest.param({"token": "a", "bytes": [999], "top_logprobs": []}, id="byte_over_255"),
        pytest.param({"token": "\ud800", "top_logprobs": []}, id="surrogate"),
        pytest.param({"token": ["a"], "top_logprobs": []}, id="token_is_a_list"),
        pytest.param({"token": "b", "bytes": 10**12, "top_logprobs": []}, id="bytes_is_a_number"),
        pytest.param({"token": "a", "logprob": 10**400, "top_logprobs": []}, id="huge"),
        pytest.param({"token": "a", "logprob": math.nan, "top_logprobs": []}, id="nan"),
        pytest.param({"token": "a", "logprob": 0.5, "top_logprobs": []}, id="above_zero"),
        pytest.param(
            {"token": "a", "logprob": -1, "top_logprobs": [{"token": "a", "logprob": math.nan}]},
            id="nan_in_an_outcome",
        ),
        pytest.param({"token": "token_id:7", "logprob": -1, "top_logprobs": []}, id="an_id"),
    ],
)
def test_broken_entries_are_misaligned(entry: object) -> None:
    assert aligned({"content": [entry]}, "a", []) == (NONE, "misaligned")


def entry(token: str, *top: tuple[str, float], nats: float = -0.5) -> dict[str, Any]:
    outcomes = [{"token": text, "logprob": logprob} for text, logprob in top]
    return {"token": token, "logprob": nats, "top_logprobs": outcomes}


def test_outcomes_that_are_not_known_are_left_to_the_tail() -> None:
    """Sentinels, bytes that are no UTF-8, and a text that stands there twice."""
    told = entry("a", ("a", -0.5), ("b", SENTINEL), ("c", -math.inf), ("\ufffd", -1), ("a", -3))
    found, _ = aligned({"content": [told]}, "a", [])
    assert found.positions() == [(b"a", -0.5, [(b"a", -0.5)])]


def test_logprobs_are_clipped_to_what_half_precision_holds() -> None:
    told = entry("a", ("a", 1e-4), ("b", -70.0), nats=SENTINEL)
    found, _ = aligned({"content": [told]}, "a", [])
    assert found.positions() == [(b"a", FLOOR, [(b"a", 0.0), (b"b", FLOOR)])]


PIECES = {7: b"\xc3", 8: b"\xa9", 9: b"x"}


def test_ids_are_read_with_the_vocabulary() -> None:
    """vLLM with --return-tokens-as-token-ids; its `bytes` may be those of the label."""
    told = [
        entry("token_id:7", ("token_id:7", -0.5), ("token_id:9", -2), ("token_id:77", -3)),
        entry("token_id:8", ("token_id:8", -0.25)) | {"bytes": list(b"token_id:8")},
    ]
    found, status = aligned({"content": told}, "é", [], PIECES)
    assert status == "kept"
    assert found.positions() == [
        (b"\xc3", -0.5, [(b"\xc3", -0.5), (b"x", -2.0)]),
        (b"\xa9", -0.5, [(b"\xa9", -0.25)]),
    ]
    assert aligned({"content": told}, "é", []) == (NONE, "misaligned")
    assert aligned({"content": [entry("token_id:1")]}, "é", [], PIECES) == (NONE, "misaligned")


def test_a_hostile_repetition_is_compared_in_linear_time() -> None:
    tokens = json.loads(json.dumps(logprobs(*["a" * 10] * 50_000)))
    assert aligned(tokens, "b" + "a" * 400_000, [])[1] == "misaligned"
