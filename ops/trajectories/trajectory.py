"""A recorded conversation, whichever layout it came in: its messages, and the answers to learn.

Learnt is an answer of the assistant whose calls fit the tools on offer, their arguments in the
order of the tool's schema, which the grammar of constrained decoding wants; another answer is
context. Not here: its text in a template (ops/spans/example.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ops.prompts.layouts.conversation import Turn, whole
from ops.prompts.layouts.prompt import BadRow
from ops.prompts.layouts.tools import wire_name
from ops.spans.example import Answer
from ops.toolcalls.call import ToolCall
from ops.toolcalls.render import ordered
from ops.toolcalls.tool import arguments_schema, tool_name
from ops.toolcalls.validate import Validator

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Messages in OpenAI's form, tools, and what is learnt, by the number of its message.

    The last answer may stand behind the messages: it is then not among them.
    """

    messages: list[Message]
    tools: list[dict[str, Any]]
    answers: dict[int, Answer]
    layout: str

    @property
    def prompt(self) -> list[Message]:
        """The messages before the last answer that is learnt."""
        return self.messages[: max(self.answers)]

    @property
    def said(self) -> int:
        """How many answers there are up to the last that is learnt, learnt or not."""
        return 1 + len([one for one in self.prompt if one["role"] == "assistant"])


def of_turns(turns: list[Turn], tools: list[dict[str, Any]], layout: str) -> Trajectory:
    """The trajectory of a conversation's turns. Raises BadRow."""
    messages, said = whole(turns)
    at = [number for number, one in enumerate(messages) if one["role"] == "assistant"]
    answers = {
        number: Answer(turn.text, tuple(_call(*call) for call in turn.calls), turn.thought)
        for number, turn in zip([*at, len(messages)], said, strict=True)
    }
    return learnt(Trajectory(messages, tools, answers, layout))


def learnt(given: Trajectory) -> Trajectory:
    """The trajectory with the answers that can be learnt. Raises BadRow where there is none.

    A row that offers no tools offers those that it calls.
    """
    calls = [call for answer in given.answers.values() for call in answer.calls]
    tools = given.tools or called(calls)
    schemas = {tool_name(tool): arguments_schema(tool) for tool in tools}
    validator, answers = Validator(tools), {}
    first = next((at for at, m in enumerate(given.messages) if m["role"] in ("user", "tool")), None)
    for at, answer in given.answers.items():
        problems = [problem for call in answer.calls for problem in validator.problems(call)]
        empty = not (answer.words.strip() or answer.calls)
        if problems or empty or first is None or at < first:
            continue
        answers[at] = Answer(
            answer.words, tuple(_ordered(call, schemas) for call in answer.calls), answer.thought
        )
    if not answers:
        raise BadRow("no_answer", f"none of its {len(given.answers)} answers can be learnt")
    return Trajectory(given.messages, tools, answers, given.layout)


def called(calls: Collection[ToolCall]) -> list[dict[str, Any]]:
    """Definitions of the tools that are called, with the parameters that they are given.

    >>> called([_call("ping", {"host": "a"})])[0]["function"]["parameters"]["properties"]
    {'host': {}}
    """
    parameters: dict[str, dict[str, Any]] = {}
    for call in calls:
        parameters.setdefault(call.name, {}).update({key: {} for key in call.arguments or ()})
    return [
        {
            "type": "function",
            "function": {
                "name": wire_name(name),
                "parameters": {"type": "object", "properties": properties},
            },
        }
        for name, properties in parameters.items()
    ]


def _call(name: str, arguments: dict[str, Any]) -> ToolCall:
    return ToolCall(name, arguments, "", "openai")


def _ordered(call: ToolCall, schemas: dict[str, dict[str, Any]]) -> ToolCall:
    name = wire_name(call.name)
    return _call(name, ordered(call.arguments or {}, schemas.get(name, {})))
