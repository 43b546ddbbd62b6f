"""A right answer taken apart, and the draws that decide what is made of it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ops.digest import digest
from ops.scoring.score import score
from ops.student.render import END, render_answer
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import arguments_schema, tool_name


@dataclass(frozen=True, slots=True)
class Example:
    """One train example: what was asked, and its last answer.

    `expected` are the right calls as the prompt has them, or the answer's own where it has none.
    `known` are the plain names of all tools that there are. `answer` is the answer with its end
    token, `edges` are the characters where its tokens end.
    """

    prompt_id: str
    prompt_kind: str
    asked: str
    tools: Sequence[Mapping[str, Any]]
    expected: Sequence[Mapping[str, Any]]
    carries: Sequence[str] | None
    known: Collection[str]
    seed: int
    answer: str
    edges: Sequence[int]
    words: str
    calls: Sequence[ToolCall]

    def rank(self, *of: str) -> int:
        """A number that seems drawn: the same for the same seed, prompt and words."""
        return int(digest(self.seed, self.prompt_id, *of)[:12], 16)

    def schema(self, name: str) -> dict[str, Any]:
        """The arguments' schema of an offered tool."""
        tool = next(one for one in self.tools if tool_name(one) == name)
        return arguments_schema(tool)

    def chosen(self, kind: str) -> int:
        """Which of the calls is changed."""
        return self.rank(kind, "call") % len(self.calls)

    def with_call(self, at: int, name: str, arguments: Mapping[str, Any]) -> str:
        """The answer with one call exchanged."""
        calls = list(self.calls)
        calls[at] = replace(calls[at], name=name, arguments=dict(arguments))
        return render_answer(self.words, calls)


def read_example(
    prompt: Mapping[str, Any],
    answer: str,
    edges: Sequence[int],
    known: Collection[str],
    seed: int,
) -> Example | str:
    """The example of a row of PROMPTS and the last answer of its text; or why it gives none.

    The reason is positive_not_right or not_canonical.
    """
    tools = json.loads(prompt["tools"])
    written = answer.removesuffix(END)
    reading = read_calls(written, [tool_name(tool) for tool in tools])
    expected = expected_of(prompt, reading.calls)
    carries = json.loads(prompt["carries"] or "null")
    judged = score(reading, tools=tools, expected=expected, carries=carries, finished=True)
    if not judged.exact:
        return "positive_not_right"
    calls = [replace(call, call=None, name_at=None, arguments_at=None) for call in reading.calls]
    if render_answer(reading.prose, calls) != answer:
        return "not_canonical"
    return Example(
        prompt_id=prompt["prompt_id"],
        prompt_kind=prompt["kind"],
        asked=_asked(json.loads(prompt["messages"])),
        tools=tools,
        expected=expected,
        carries=carries,
        known=known,
        seed=seed,
        answer=answer,
        edges=edges,
        words=reading.prose,
        calls=calls,
    )


def expected_of(prompt: Mapping[str, Any], calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    """The right calls; where the prompt does not know them, those of the teacher's answer."""
    known: list[dict[str, Any]] | None = json.loads(prompt["expected"] or "null")
    if known is not None:
        return known
    return [
        {"name": call.name, "arguments": {k: [v] for k, v in (call.arguments or {}).items()}}
        for call in calls
    ]


def _asked(messages: list[dict[str, Any]]) -> str:
    """What the user said last."""
    said = [str(one.get("content") or "") for one in messages if one.get("role") == "user"]
    return " ".join(said[-1].split()) if said else ""
