"""ShareGPT rows: {"conversations": [{"from": ..., "value": ...}], "tools": ..., "system": ...}.

The form of LLaMA-Factory (calls in turns of their own, function_call and observation; tools as JSON
text), of Hermes (all between tags, see tags.py) and of Glaive's conversions (tools bare in the
system message, `<functioncall>`). A system message that offers the tools is dropped: it says how
calls are to be written, and the tools go through the API's own field. Rows that want an answer in
JSON instead of a call, as the json-mode files of Hermes do, are no prompts.
"""

import json
import re
from typing import Any

from ops.prompts.layouts.conversation import Turn, asked
from ops.prompts.layouts.prompt import BadRow, Prompt, row_id
from ops.prompts.layouts.tags import (
    holds_calls,
    holds_tools,
    read_calls,
    read_tagged,
    results_in,
    tools_in,
)
from ops.prompts.layouts.tools import read_tools, wire_name
from ops.prompts.layouts.value import read_value
from ops.reasoning.cut import without
from ops.toolcalls.read import read_calls as read_answer

_ROLES = {
    "system": "system developer",
    "user": "human user prompter",
    "assistant": "gpt assistant chatgpt model bot",
    "tool": "tool tools function observation function_response tool_response function_result "
    "tool_result ipython",
    "call": "function_call tool_call function_calls tool_calls",
}
ROLES = {word: role for role, listed in _ROLES.items() for word in listed.split()}
_PYTHONIC = re.compile(r"\s*+\[\s*+[A-Za-z_][\w .-]{0,80}\(")


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout."""
    return "conversations" in value


def read(value: dict[str, Any]) -> Prompt:
    """The prompt before the last turn of the assistant. Raises BadRow."""
    given = value["conversations"]
    if not isinstance(given, list) or not given:
        raise BadRow("no_messages", "conversations is not a list of at least one turn")
    said = [_turn(position, one) for position, one in enumerate(given, start=1)]
    if isinstance(value.get("system"), str) and value["system"].strip():
        said.insert(0, ("system", value["system"]))
    system = "\n".join(text for role, text in said if role == "system")
    if "<schema>" in system and not holds_tools(system):
        raise BadRow("json_mode", "the system message wants an answer by a JSON schema")
    tools = read_tools(value.get("tools"))
    stand = [] if tools and not holds_tools(system) else tools_in(system)
    tools = tools or read_tools(stand)
    names = {tool["function"]["name"] for tool in tools}
    kept = [(role, text) for role, text in said if not (stand and role == "system")]
    messages, expected = asked([_read(role, text, names) for role, text in kept], names)
    hermes = holds_tools(system) or any(holds_calls(text) for _, text in said)
    return Prompt(
        messages, tools, expected, row_id(value.get("id")), "hermes" if hermes else "sharegpt"
    )


def _turn(position: int, given: Any) -> tuple[str, str]:
    """Role and text of a turn."""
    if not isinstance(given, dict):
        raise BadRow("bad_messages", f"turn {position} is {type(given).__name__}, no object")
    named = given.get("from") or given.get("role")
    word = named.strip().lower().replace("-", "_") if isinstance(named, str) else ""
    role = ROLES.get(word)
    if role is None:
        raise BadRow("bad_messages", f"turn {position} is from {named!r}")
    text = given.get("value", given.get("content"))
    if role in ("tool", "call") and isinstance(text, dict | list | int | float):
        text = json.dumps(text, ensure_ascii=False)
    if text is None and role == "assistant":
        text = ""
    if not isinstance(text, str):
        raise BadRow("bad_messages", f"turn {position} has no text")
    return role, text


def _read(role: str, text: str, offered: set[str]) -> Turn:
    if role == "tool":
        return Turn(role, results=results_in(text))
    if role not in ("assistant", "call"):
        return Turn(role, text)
    text = without(text)
    if holds_calls(text):
        words, calls = read_tagged(text)
        return Turn("assistant", words, calls)
    if role == "call":
        return Turn("assistant", calls=_called(text))
    return _answered(text, offered)


def _called(text: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    try:
        return read_calls(read_value(text))
    except ValueError as error:
        raise BadRow("bad_calls", str(error)) from error


def _answered(text: str, offered: set[str]) -> Turn:
    """An assistant's own words, or calls in another dialect that ops/toolcalls reads."""
    found = read_answer(text, offered) if offered else None
    if found and found.calls and not found.broken:
        calls = tuple((wire_name(one.name), one.arguments or {}) for one in found.calls)
        return Turn("assistant", found.prose, calls)
    if (found and (found.broken or found.invented)) or _PYTHONIC.match(text):
        raise BadRow("bad_calls", f"a call that is not read: {text[:100]!r}")
    return Turn("assistant", text.strip())
