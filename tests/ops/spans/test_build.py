"""The three tables of a partition, on prompts of every kind."""

import json
from collections import Counter
from typing import Any

import pytest

from ops import tables
from ops.spans.build import build
from ops.spans.check import problems
from ops.spans.contract import KINDS, SKIPPED, SPANS, TEXTS
from ops.student.encode import encode


def row(messages: list[dict[str, Any]], tools: list[str]) -> dict[str, Any]:
    listed = [{"type": "function", "function": {"name": name}} for name in tools]
    return {
        "prompt_id": "p",
        "split": "train",
        "kind": "single",
        "messages": json.dumps(messages),
        "tools": json.dumps(listed),
    }


def flat(value: Any) -> list[Any]:
    """The leaves of a value but for empty texts."""
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in flat(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in flat(one)]
    return [] if value == "" else [value]


def test_every_right_answer_becomes_a_text(
    supervision: Any, response_rows: list[dict[str, Any]]
) -> None:
    assert supervision.texts.schema.equals(TEXTS)
    assert supervision.spans.schema.equals(SPANS)
    assert supervision.skipped.schema.equals(SKIPPED)
    assert supervision.skipped.num_rows == 0
    assert set(supervision.texts["source"].to_pylist()) == {"responses"}
    assert supervision.texts["prompt_id"].to_pylist() == [r["prompt_id"] for r in response_rows]


def test_spans_are_where_they_say(supervision: Any, tokenizer: Any) -> None:
    assert problems(supervision.texts, supervision.spans, tokenizer) == []
    by_id = {text["prompt_id"]: text for text in supervision.texts.to_pylist()}
    for span in supervision.spans.to_pylist():
        text = by_id[span["prompt_id"]]["text"]
        assert text[span["start"] : span["end"]] == span["content"]
        assert span["kind"] in KINDS


def test_calls_have_a_span_for_each_decision(
    supervision: Any, response_rows: list[dict[str, Any]]
) -> None:
    counted = Counter((s["prompt_id"], s["kind"]) for s in supervision.spans.to_pylist())
    for response in response_rows:
        calls = len(json.loads(response["calls"]))
        for kind in ("action", "tool_name", "json_arguments"):
            assert counted[response["prompt_id"], kind] == calls
        leaves = [v for call in json.loads(response["calls"]) for v in flat(call["arguments"])]
        assert counted[response["prompt_id"], "json_value"] == len(leaves)
        integrates = counted[response["prompt_id"], "integration"] > 0
        assert integrates == (response["kind"] == "integration")
        assert counted[response["prompt_id"], "observation"] == (response["kind"] == "integration")


def test_tokens_of_a_span_of_many_bytes_hold_it(tokenizer: Any) -> None:
    prompt = row([{"role": "user", "content": "Météo 東京 👩‍🚀?"}], ["météo"])
    calls = [{"name": "météo", "arguments": {"ville": "東京 🌦️ é"}}] * 2
    response = {"request_key": "k", "content": "", "calls": json.dumps(calls)}
    made = build([(prompt, response)], tokenizer, "t", 512)
    (text,), spans = tables.rows(made.texts), tables.rows(made.spans)
    ids = encode(tokenizer, text["text"], text["cuts"]).ids
    assert text["tokens"] == len(ids)
    names = [span for span in spans if span["kind"] == "tool_name"]
    assert [span["content"] for span in names] == ["météo", "météo"]
    for span in spans:
        decoded = tokenizer.decode(ids[span["token_start"] : span["token_end"]])
        assert span["content"] in decoded
        assert span["straddles"] == (span["content"] != decoded)


def test_an_example_over_the_context_is_skipped_with_its_length(
    prompt_rows: list[dict[str, Any]], response_rows: list[dict[str, Any]], tokenizer: Any
) -> None:
    made = build(zip(prompt_rows[:3], response_rows[:3], strict=True), tokenizer, "t", 10)
    assert (made.texts.num_rows, made.spans.num_rows) == (0, 0)
    for skipped in tables.rows(made.skipped):
        assert skipped["reason"] == "too_long"
        assert skipped["detail"].endswith("tokens, the context has 10")


@pytest.mark.parametrize(
    ("column", "change", "told"),
    [
        pytest.param("start", 1, "characters differ", id="characters"),
        pytest.param("token_start", 1, "tokens say", id="tokens"),
    ],
)
def test_the_check_catches_a_moved_span(
    supervision: Any, tokenizer: Any, column: str, change: int, told: str
) -> None:
    spans = tables.rows(supervision.spans)
    moved = next(span for span in spans if span["kind"] == "json_arguments")
    moved[column] += change
    (found,) = problems(supervision.texts, tables.from_rows(spans, SPANS), tokenizer)
    assert found.startswith(f"{moved['prompt_id']} json_arguments: {told}")


def test_the_figures_say_how_many_tokens_reach_over_an_edge(supervision: Any) -> None:
    spans = supervision.spans.to_pylist()
    shares = supervision.figures["straddling_share_by_kind"]
    assert supervision.figures["spans_by_kind"] == Counter(span["kind"] for span in spans)
    assert shares.keys() == supervision.figures["spans_by_kind"].keys()
    for kind, share in shares.items():
        assert (share > 0) == any(s["straddles"] for s in spans if s["kind"] == kind), kind
        assert 0 <= share < 1


def test_a_template_that_refuses_the_messages_makes_a_row(
    prompt_rows: list[dict[str, Any]], response_rows: list[dict[str, Any]], tokenizer: Any
) -> None:
    class Refusing:
        def apply_chat_template(self, *args: Any, **how: Any) -> Any:
            refuses = "{{ raise_exception('after user comes assistant') }}"
            return tokenizer.apply_chat_template(*args, chat_template=refuses, **how)

    made = build(zip(prompt_rows[:1], response_rows[:1], strict=True), Refusing(), "t", 512)
    (skipped,) = tables.rows(made.skipped)
    assert (skipped["reason"], skipped["detail"]) == ("template", "after user comes assistant")
    assert skipped["prompt_id"] == prompt_rows[0]["prompt_id"]
