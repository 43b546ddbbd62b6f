"""A row of a user's file as a correction: the published forms of self-critique and hard failures.

    self-critique   {instruction, input = what was answered, output = what is right, meta}
    a rewrite       {instruction, previous_output, critique, final_answer, reference_answer}
    hard failure    {instruction, reference_answer, category, model_output}

Told by the fields of the row, so files of several kinds in one are read too. What the published
files do to such rows is undone where that is certain: the JSON that the rewriter was asked for in
place of the answer is opened, a token that ends a turn is taken off. Where it is not, the row is
refused with a reason: an answer that was cut at the rewriter's cap teaches to stop in mid-word.
Not here: files (gather.py), the student's template and its length (gather.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.critiques.correct import TRUNCATED
from ops.prompts.layouts.prompt import BadRow
from ops.reasoning.cut import cut, tagged
from ops.toolcalls.parse import parse_json

_REWRITER = re.compile(r'(?:```(?:json)?\s*+)?\{\s*+"(?:critique|final_answer)"\s*+:')
_FENCE = "```"
_CALL = ("<tool_call>", "</tool_call>")
_UNKNOWN = "other"


@dataclass(frozen=True, slots=True)
class Correction:
    """What was asked, what was answered (None = not told), and what is right; words, no markup.

    `origin` is self_critique or hard_failure.
    """

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    bad: str | None
    right: str
    category: str
    critique: str | None
    saw_reference: bool
    origin: str


def correction(row: Mapping[str, Any]) -> Correction:
    """The correction that a row holds. Raises BadRow."""
    meta = row.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    bad, right, origin = _answers(row)
    messages, tools = _asked(row, meta)
    right = _words(right)
    if bad is not None and bad.strip() == right:
        raise BadRow("unchanged", "what was answered is what should have been")
    category = row.get("category") or meta.get("category")
    critique = row.get("critique") or meta.get("critique")
    return Correction(
        messages=messages,
        tools=tools,
        bad=bad,
        right=right,
        category=category if isinstance(category, str) else _UNKNOWN,
        critique=critique[:1000] if isinstance(critique, str) and critique.strip() else None,
        saw_reference=_saw_reference(row, meta, origin),
        origin=origin,
    )


def _answers(row: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """What was answered, what is right as it stands there, and what kind of row says so."""
    for bad, right, origin in (
        ("input", "output", "self_critique"),
        ("previous_output", "final_answer", "self_critique"),
        ("model_output", "reference_answer", "hard_failure"),
    ):
        if right in row:
            found = row[right]
            if not isinstance(found, str | None):
                raise BadRow("not_text", f"{right} is {type(found).__name__}, expected text")
            return _text(row.get(bad)), found or "", origin
    raise BadRow(
        "unknown_layout", f"no output, final_answer or reference_answer among {sorted(row)[:12]}"
    )


def _asked(
    row: Mapping[str, Any], meta: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The conversation: a whole one that our own files hold beside the instruction, or that."""
    instruction = _text(row.get("instruction")) or ""
    if not instruction.strip():
        raise BadRow("no_instruction", "instruction is missing or blank")
    if "messages" not in meta:
        return [{"role": "user", "content": instruction}], []
    messages, tools = meta["messages"], meta.get("tools") or []
    if not _objects(messages) or not messages or not all("role" in one for one in messages):
        raise BadRow("bad_messages", "meta.messages is no list of messages")
    if not _objects(tools) or not all(_named(tool) for tool in tools):
        raise BadRow("bad_tools", "meta.tools is no list of tools")
    return messages, tools


def _words(text: str) -> str:
    """The answer that a text holds, without its reasoning. Raises BadRow."""
    text = _opened(text.strip()) if _REWRITER.match(text.strip()) else text
    spoken = cut(text)
    if spoken.edited or tagged(spoken.words):
        raise BadRow("reasoning_left", "a tag of reasoning that cannot be cut out")
    words = spoken.words.strip()
    if not words:
        raise BadRow("empty", "there is no answer to learn")
    if found := _unclosed(words):
        raise BadRow(TRUNCATED, found)
    return words


def _opened(text: str) -> str:
    """The final answer in the JSON that a rewriter was asked for."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = parse_json(text[start : end + 1])
    except ValueError:
        raise BadRow(TRUNCATED, "the rewriter's own JSON ends before it is closed") from None
    answer = found.get("final_answer") if isinstance(found, dict) else None
    if not isinstance(answer, str):
        raise BadRow("empty", "the rewriter's JSON holds no final_answer")
    return answer


def _unclosed(words: str) -> str | None:
    """What is open at the end of an answer, and so was cut; None where nothing is.

    >>> _unclosed("Write this:\\n```python\\nprint(1)"), _unclosed("1. Mix. 2. Bake")
    ('a fence of code that is not closed', None)
    """
    if words.count(_FENCE) % 2:
        return "a fence of code that is not closed"
    if words.rfind(_CALL[0]) > words.rfind(_CALL[1]):
        return "a call that is not closed"
    if words[0] in "{[":
        try:
            parse_json(words)
        except ValueError:
            return _open_json(words)
    return None


def _open_json(words: str) -> str | None:
    """Whether more opens than closes in what begins as JSON; prose in brackets is left alone."""
    opened = sum(words.count(one) for one in "{[")
    closed = sum(words.count(one) for one in "}]")
    return "JSON that is not closed" if opened > closed else None


def _saw_reference(row: Mapping[str, Any], meta: Mapping[str, Any], origin: str) -> bool:
    """In the published files who wrote the answer was shown the reference, if there is one."""
    told = meta.get("saw_reference")
    if isinstance(told, bool):
        return told
    return origin == "hard_failure" or bool(row.get("reference_answer") or meta.get("reference"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _named(tool: Mapping[str, Any]) -> bool:
    function = tool.get("function")
    return isinstance(function, dict) and isinstance(function.get("name"), str)
