"""Accepted answers → training texts and the spans in them, as tables."""

import json
from collections.abc import Iterable
from typing import Any

from jinja2 import TemplateError

from ops import progress
from ops.spans.contract import RESPONSES
from ops.spans.example import Answer, example
from ops.spans.supervision import Supervised, Supervision
from ops.toolcalls.call import ToolCall


def build(
    pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]],
    tokenizer: Any,
    fingerprint: str,
    context: int,
) -> Supervision:
    """Tables from (prompt row, response row) pairs; an example over `context` tokens is skipped.

    Only the answer is taught: what an assistant said earlier in the prompt is context.
    """
    made = Supervised(tokenizer, fingerprint, context)
    listed = list(pairs)
    for number, (prompt, response) in enumerate(listed):
        row = {
            "prompt_id": prompt["prompt_id"],
            "split": prompt["split"],
            "request_key": response["request_key"],
            "prompt_kind": prompt["kind"],
            "source": RESPONSES,
            "licence": "",
            "tools": prompt["tools"],
        }
        try:
            messages, tools = json.loads(prompt["messages"]), json.loads(prompt["tools"])
            answer = _answer(response)
        except (ValueError, RecursionError) as error:  # endless digits, endless nesting
            made.skip(row, "not_json", str(error))
            continue
        try:
            made.add(example(tokenizer, messages, tools, {len(messages): answer}), row)
        except TemplateError as error:
            made.skip(row, "template", str(error))
        progress.report("spans", number + 1, len(listed))
    return made.tables()


def _answer(response: dict[str, Any]) -> Answer:
    calls = (
        ToolCall(call["name"], call["arguments"], "", "openai")
        for call in json.loads(response["calls"])
    )
    return Answer(response["content"], tuple(calls))
