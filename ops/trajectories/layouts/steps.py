"""Lists of steps: {"steps": [{"step_type" | "type", "content", ...}]}, also under "trajectory".

What a step is, it says itself: a thought, an action, an observation or the answer; its words are
never searched for it. An action is a call by its own fields, or one in words, as agents write them:
`search[x]`, `search(q="x")`, `execute_python(CODE)`; `finish(x)` is the answer.
Source: the trajectories of DeepCoder (problem, trajectory.steps, final_answer, success).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ops.prompts.layouts.conversation import Call, Turn
from ops.prompts.layouts.prompt import BadRow
from ops.prompts.layouts.tools import read_tools, wire_name
from ops.toolcalls.read import read_calls
from ops.toolcalls.shape import name_and_arguments, read_arguments
from ops.trajectories.boundary import Boundary
from ops.trajectories.trajectory import Trajectory, of_turns

_KINDS = {
    "thought": "thought reasoning think thinking plan",
    "action": "action call tool_call function_call",
    "observation": "observation tool tool_result result environment",
    "answer": "answer final_answer final response",
}
KINDS = {word: kind for kind, listed in _KINDS.items() for word in listed.split()}
_ASKED = ("prompt", "question", "problem", "task", "instruction", "query")
_INSIDE = (*_ASKED, "description", "statement", "text", "content", "title")
_INPUT = "Action Input:"
_IN_WORDS = re.compile(
    rf"\s*+(?:Action(?: \d{{1,3}})?:)?\s*+([A-Za-z_][\w.-]{{0,63}})\s*+([\[(]|{_INPUT})"
)
_CLOSES = {"[": "]", "(": ")"}
_LAST = ("finish", "answer", "final_answer", "submit")


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout."""
    return steps_of(value) is not None


def steps_of(value: dict[str, Any]) -> list[Any] | None:
    """The steps of a row; None if it has none."""
    inner = value.get("trajectory")
    places = [value.get("steps"), inner.get("steps") if isinstance(inner, dict) else inner]
    return next((place for place in places if isinstance(place, list)), None)


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory:
    """The trajectory of a row. Raises BadRow."""
    inner = value["trajectory"] if isinstance(value.get("trajectory"), dict) else {}
    if False in (value.get("success"), inner.get("success")):
        raise BadRow("failed", "success is false")
    asked, tools = asked_in(value), read_tools(value.get("tools"))
    turns = [Turn("user", asked), *turns_of(steps_of(value) or [], tools, boundary)]
    final = inner.get("final_answer", value.get("final_answer"))
    if isinstance(final, str) and final.strip() and not turns[-1].text:
        turns.append(_answered(final, boundary))
    return of_turns(turns, tools, "steps")


def asked_in(value: dict[str, Any]) -> str:
    """What was asked: a text, or the text of an object. Raises BadRow."""
    for name in _ASKED:
        found = value.get(name)
        if isinstance(found, dict):
            found = next((found[key] for key in _INSIDE if isinstance(found.get(key), str)), None)
        if isinstance(found, str) and found.strip():
            return found
    raise BadRow("no_messages", f"nothing is asked in {', '.join(_ASKED)}")


def turns_of(steps: list[Any], tools: list[dict[str, Any]], boundary: Boundary) -> Iterator[Turn]:
    """The turn of each step. Raises BadRow."""
    names = {tool["function"]["name"] for tool in tools}
    for number, step in enumerate(steps, start=1):
        named = step.get("step_type") or step.get("type") if isinstance(step, dict) else None
        kind = KINDS.get(named.strip().lower()) if isinstance(named, str) else None
        if kind is None:
            raise BadRow("bad_messages", f"step {number} is of the kind {named!r}")
        if kind == "thought":
            yield Turn("assistant", thought=boundary.thought(_text(number, step)))
        elif kind == "observation":
            yield Turn("tool", results=(_text(number, step),))
        elif kind == "answer":
            yield _answered(_text(number, step), boundary)
        else:
            yield _acted(number, step, names, boundary)


def _answered(text: str, boundary: Boundary) -> Turn:
    heard = boundary.words(text)
    return Turn("assistant", heard.content.strip(), thought=heard.reasoning)


def _text(number: int, step: dict[str, Any]) -> str:
    content = step.get("content")
    if isinstance(content, dict | list):
        return json.dumps(content, ensure_ascii=False)
    if not isinstance(content, str):
        raise BadRow("bad_messages", f"step {number} has no content")
    return content


def _acted(number: int, step: dict[str, Any], names: set[str], boundary: Boundary) -> Turn:
    for place in (step, step.get("content"), step.get("metadata")):
        call = _structured(place)
        if call is not None:
            return Turn("assistant", calls=(call,))
    heard = boundary.words(_text(number, step))
    found = _IN_WORDS.match(heard.content)
    known = names | ({found[1]} if found else set())
    read = read_calls(_labelled(heard.content, found), known)
    if read.calls and not read.broken and all(call.arguments is not None for call in read.calls):
        calls = tuple((wire_name(one.name), one.arguments or {}) for one in read.calls)
        return _turn(calls, heard.reasoning)
    text = _argument(heard.content, found)
    if found is None or text is None:
        raise BadRow("bad_calls", f"step {number} is no call: {heard.content[:100]!r}")
    return _turn(((wire_name(found[1]), {"input": text}),), heard.reasoning)


def _structured(value: Any) -> Call | None:
    """The call that an object's own fields are; None if it has none."""
    if not isinstance(value, dict):
        return None
    # Any text in it may be the name: which word it stands under is what tells.
    found = name_and_arguments(value, [one for one in value.values() if isinstance(one, str)])
    arguments = read_arguments(found[1]) if found else None
    return (wire_name(found[0]), arguments) if found and arguments is not None else None


def _labelled(text: str, found: re.Match[str] | None) -> str:
    """A call in words as ReAct's line, by which it is told from other words."""
    return "Action: " + text[found.start(1) :] if found else text


def _argument(text: str, found: re.Match[str] | None) -> str | None:
    """What stands between the brackets, whatever it is; None if they do not close at the end."""
    whole = text.rstrip()
    if found is not None and found[2] == _INPUT:
        return whole[found.end() :].strip() or None
    if found is None or not whole.endswith(_CLOSES[found[2]]) or found.end() >= len(whole):
        return None
    return whole[found.end() : -1]


def _turn(calls: tuple[Call, ...], thought: str) -> Turn:
    """The calls; one that only says the answer is the answer."""
    name, arguments = calls[-1]
    if len(calls) == 1 and name.lower() in _LAST and len(arguments) == 1:
        (said,) = arguments.values()
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return Turn("assistant", text.strip(" \"'"), thought=thought)
    return Turn("assistant", calls=calls, thought=thought)
