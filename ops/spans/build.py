"""Accepted answers → training texts and the spans in them, as tables."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ops import progress, tables
from ops.spans.align import align
from ops.spans.contract import SKIPPED, SPANS, TEXTS
from ops.spans.extract import Span, extract
from ops.student.encode import Encoded, answer_tokens, encode, most_characters
from ops.student.render import render_answer, render_prompt, tool_results
from ops.toolcalls.call import ToolCall


@dataclass(frozen=True, slots=True)
class Supervision:
    """The three tables of one partition, and how many spans there are of each kind."""

    texts: pa.Table
    spans: pa.Table
    skipped: pa.Table


def build(
    pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]],
    tokenizer: Any,
    fingerprint: str,
    context: int,
) -> Supervision:
    """Tables from (prompt row, response row) pairs; an example over `context` tokens is skipped."""
    texts: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    listed, most = list(pairs), most_characters(tokenizer, context)
    for number, (prompt, response) in enumerate(listed):
        row = {"prompt_id": prompt["prompt_id"], "split": prompt["split"]}
        try:
            messages, tools = json.loads(prompt["messages"]), json.loads(prompt["tools"])
            answer = render_answer(response["content"], _calls(response))
        except (ValueError, RecursionError) as error:  # endless digits, endless nesting
            skipped.append(row | {"reason": "not_json", "detail": str(error)[:300]})
            continue
        asked = render_prompt(tokenizer, messages, tools)
        text = asked + answer
        cuts = [len(asked), len(text)]
        if unfit := _unfit(text, most):
            skipped.append(row | dict(zip(("reason", "detail"), unfit, strict=True)))
            continue
        encoded = encode(tokenizer, text, cuts)
        if len(encoded.ids) > context:
            detail = f"{len(encoded.ids)} tokens, the context has {context}"
            skipped.append(row | {"reason": "too_long", "detail": detail})
            continue
        offered = [tool["function"]["name"] for tool in tools]
        found = extract(asked, answer, tool_results(messages), offered)
        spans += _rows(prompt["prompt_id"], text, found, encoded)
        texts.append(
            row
            | {
                "request_key": response["request_key"],
                "prompt_kind": prompt["kind"],
                "text": text,
                "cuts": cuts,
                "tokens": len(encoded.ids),
                "answer_tokens": answer_tokens(encoded.cuts),
                "tokenizer": fingerprint,
            }
        )
        progress.report("spans", number + 1, len(listed))
    return Supervision(
        tables.from_rows(texts, TEXTS),
        tables.from_rows(spans, SPANS),
        tables.from_rows(skipped, SKIPPED),
    )


def _unfit(text: str, most: int) -> tuple[str, str] | None:
    """Reason and detail, if the text cannot or need not be encoded."""
    if len(text) > most:
        return "too_long", f"{len(text)} characters, the context never holds more than {most}"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return "surrogate", f"character {error.start} is half of a pair"
    return None


def _calls(response: dict[str, Any]) -> list[ToolCall]:
    return [
        ToolCall(call["name"], call["arguments"], "", "openai")
        for call in json.loads(response["calls"])
    ]


def _rows(prompt_id: str, text: str, found: list[Span], encoded: Encoded) -> list[dict[str, Any]]:
    rows = []
    for span in found:
        tokens = align(span, encoded.offsets)
        if tokens is None:
            continue
        rows.append(
            {
                "prompt_id": prompt_id,
                "kind": span.kind,
                "start": span.start,
                "end": span.end,
                "token_start": tokens.start,
                "token_end": tokens.end,
                "straddles": tokens.straddles,
                "content": text[span.start : span.end],
            }
        )
    return rows
