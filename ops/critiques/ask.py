"""The question to the teacher about one failure, and how its reply is read.

The teacher sees the conversation, its tools, what the student answered and the category of the
fault. What is known to be right it sees only where the profile says so: a teacher that is shown the
answer copies it. The judge's evidence names it too, and is not told either. The reply is data, by a
JSON schema: one sentence of critique, and what should have been answered. The sentence is stored
and shown; it is never trained on.
"""

import json
from dataclasses import dataclass
from typing import Any

from ops.evaluation.contract import CATEGORIES
from ops.toolcalls.parse import parse_json

RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "critique",
        "schema": {
            "type": "object",
            "properties": {
                "critique": {"type": "string"},
                "calls": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "arguments": {"type": "object"}},
                        "required": ["name", "arguments"],
                    },
                },
                "answer": {"type": "string"},
            },
            "required": ["critique", "calls", "answer"],
        },
    },
}
QUESTION = (
    "A student answered that with the text above. Its fault has the category {category}: "
    "{meaning}. {shown}Reply in JSON: critique = one sentence on what is wrong; calls = "
    "the tool calls that should have been made, as a list of name and arguments, empty if none; "
    "answer = the words to say instead, empty if there are calls."
)
RIGHT = "Right is: {reference}. "


@dataclass(frozen=True, slots=True)
class Reply:
    """What the teacher said; `message` is its corrected answer as a chat message."""

    critique: str
    message: dict[str, Any]


def question(
    prompt: dict[str, Any], failure: dict[str, Any], show_reference: bool = False
) -> list[dict[str, Any]]:
    """The messages: the conversation, the bad answer, and the category of its fault."""
    right = reference(prompt) if show_reference else None
    asked = QUESTION.format(
        category=failure["category"],
        meaning=CATEGORIES[failure["category"]],
        shown="" if right is None else RIGHT.format(reference=right),
    )
    return [
        *json.loads(prompt["messages"]),
        {"role": "assistant", "content": failure["output"] or "(nothing)"},
        {"role": "user", "content": asked},
    ]


def reference(prompt: dict[str, Any]) -> str | None:
    """What is known to be right, in words; None where nothing is."""
    expected = json.loads(prompt["expected"] or "null")
    carries = json.loads(prompt["carries"] or "null")
    told = [f"words that tell {json.dumps(carries, ensure_ascii=False)}"] if carries else []
    if expected:
        calls = json.dumps(expected, ensure_ascii=False)
        told.append(f"the calls {calls}, where each argument lists the values that are accepted")
    elif expected is not None:
        told.append("no call")
    return ", and ".join(told) or None


def read(content: str) -> Reply | None:
    """The reply, from bare or fenced JSON; None if it is not what was asked for."""
    start, end = content.find("{"), content.rfind("}")
    try:
        value = parse_json(content[start : end + 1])
        calls = [
            {"function": {"name": str(call["name"]), "arguments": json.dumps(call["arguments"])}}
            for call in value["calls"]
        ]
        critique, answer = str(value["critique"]), str(value.get("answer") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Reply(critique[:1000], {"role": "assistant", "content": answer, "tool_calls": calls})
