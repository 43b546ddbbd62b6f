"""Which answers may be learnt from: read, valid against the schema, and not known to be wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.scoring.score import score
from ops.toolcalls.call import ToolCall, plain_name
from ops.toolcalls.message import read_message
from ops.toolcalls.render import ordered
from ops.toolcalls.tool import arguments_schema, tool_name
from ops.toolcalls.validate import Validator


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted if `reason` is empty; then content, calls and dialect are what the student learns.

    Otherwise `reason` is broken_call, schema or wrong_answer.
    """

    reason: str
    detail: str = ""
    content: str = ""
    calls: str = "[]"
    dialect: str = "none"


def accept(message: Mapping[str, Any], prompt: Mapping[str, Any]) -> Verdict:
    """Judge an assistant message against its prompt (a row of ops.prompts.contract.PROMPTS)."""
    tools = json.loads(prompt["tools"])
    offered = {plain_name(tool_name(tool)): tool for tool in tools}
    reading = read_message(message, offered)
    if reading.broken:
        return Verdict("broken_call", f"{reading.broken} at character {reading.broken_at}")
    validator = Validator(tools)
    for call in reading.calls:
        for problem in validator.problems(call):
            return Verdict("schema", f"{call.name}: {problem.kind} {problem.argument}"[:300])
    judged = score(
        reading,
        tools=tools,
        expected=_json(prompt["expected"]),
        carries=_json(prompt["carries"]),
        finished=True,
    )
    if judged.category is not None:
        evidence = judged.evidence
        found = f": expected {evidence.expected}, found {evidence.found}" if evidence else ""
        return Verdict("wrong_answer", f"{judged.category}{found}"[:300])
    calls = [_written(call, offered[plain_name(call.name)]) for call in reading.calls]
    return Verdict(
        "",
        content="" if calls else reading.prose.strip(),
        calls=json.dumps(calls, ensure_ascii=False),
        dialect=reading.calls[0].dialect if reading.calls else "none",
    )


def _written(call: ToolCall, tool: Mapping[str, Any]) -> dict[str, Any]:
    """The call under the name that was offered: on the wire a dot in it is an underscore."""
    arguments = ordered(call.arguments or {}, arguments_schema(tool))
    return {"name": tool_name(tool), "arguments": arguments}


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
