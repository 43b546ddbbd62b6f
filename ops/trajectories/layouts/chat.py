"""OpenAI's messages, whole: {"messages": [...], "tools": [...]} a row.

What an assistant said passes the boundary first; then the messages are read as those of prompts.
A message without calls of its own whose words are calls in another dialect is read as these.
"""

from typing import Any

from ops.prompts.layouts import chat
from ops.prompts.layouts.prompt import BadRow
from ops.prompts.layouts.value import read_value
from ops.spans.example import Answer
from ops.toolcalls.message import read_message
from ops.trajectories.boundary import Boundary
from ops.trajectories.trajectory import Trajectory, learnt


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory:
    """The trajectory of a row. Raises BadRow."""
    listed = value["messages"]
    try:
        listed = read_value(listed) if isinstance(listed, str) else listed
    except ValueError as error:
        raise BadRow("no_messages", f"a text that is no list: {error}") from error
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadRow("no_messages", "messages is not a list of objects")
    thoughts = dict[int, str]()
    given = [_passed(at, one, boundary, thoughts) for at, one in enumerate(listed)]
    messages, tools = chat.read_messages(given), chat.read_tools(value)
    names = {tool["function"]["name"] for tool in tools}
    answers = {
        at: _answer(one, names, thoughts.get(at, ""))
        for at, one in enumerate(messages)
        if one["role"] == "assistant"
    }
    if not answers:
        raise BadRow("no_messages", "the assistant says nothing")
    return learnt(Trajectory(messages[: max(answers)], tools, answers, "chat"))


def _passed(
    at: int, message: dict[str, Any], boundary: Boundary, thoughts: dict[int, str]
) -> dict[str, Any]:
    """A message as it may be used; what an assistant thought goes into `thoughts`."""
    if message.get("role") != "assistant":
        return message
    said = boundary.spoken(message)
    thoughts[at] = said.reasoning
    given = message.get("tool_calls")
    ids = [one.get("id") for one in given if isinstance(one, dict)] if given else []
    ids += [None] * (len(said.tool_calls) - len(ids))
    calls = [
        ({"id": known} if known else {}) | call
        for known, call in zip(ids, said.tool_calls, strict=False)
    ]
    content = said.content or (None if message.get("content") is None else "")
    return {"role": "assistant", "content": content} | ({"tool_calls": calls} if calls else {})


def _answer(message: dict[str, Any], names: set[str], thought: str) -> Answer:
    found = read_message(message, names)
    if found.broken or any(call.arguments is None for call in found.calls):
        where = str(message["content"] or message.get("tool_calls"))
        raise BadRow("bad_calls", f"a call that is not read: {where[:200]!r}")
    return Answer(found.prose, found.calls, thought)
