"""The question to the teacher about one failure, and how its reply is read.

The reply is data, by a JSON schema: one sentence of critique, and what should have been answered.
The sentence is stored and shown; it is never trained on.
"""

import json
from dataclasses import dataclass
from typing import Any

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
    "A student answered that with the text above. It was judged as {category}: expected "
    "{expected}, found {found}. Reply in JSON: critique = one sentence on what is wrong; calls = "
    "the tool calls that should have been made, as a list of name and arguments, empty if none; "
    "answer = the words to say instead, empty if there are calls."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the teacher said; `message` is its corrected answer as a chat message."""

    critique: str
    message: dict[str, Any]


def question(prompt: dict[str, Any], failure: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages: the conversation, the bad answer, what was wrong with it."""
    asked = QUESTION.format(
        category=failure["category"], expected=failure["expected"], found=failure["found"]
    )
    return [
        *json.loads(prompt["messages"]),
        {"role": "assistant", "content": failure["output"] or "(nothing)"},
        {"role": "user", "content": asked},
    ]


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
