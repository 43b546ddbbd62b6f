"""A conversation that goes on: the student calls, a recorded result answers, the student tells it.

The fixtures are in the prompts: one whose messages end with results says what was called before
them. The student is asked from before that call. Where its own calls are those that were recorded,
names and arguments compared as the scorer does, their results are put behind what it wrote, and its
next answer is scored. Nothing is executed. Not here: decoding (decode.py).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.scoring.match import same
from ops.scoring.score import score
from ops.toolcalls.call import Reading, ToolCall, plain_name
from ops.toolcalls.parse import parse_json
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fixture:
    """What was called, and what the tool answered."""

    name: str
    arguments: dict[str, Any]
    result: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt cut before its last calls, and the results of these."""

    prompt: Mapping[str, Any]
    messages: list[Message]
    fixtures: tuple[Fixture, ...]

    def go_on(self, output: str) -> tuple[str | None, list[Message]]:
        """The student's call → why nothing is recorded for it (a MISSES), or None and the messages
        with its calls and their results.
        """
        offered = {tool_name(tool): tool for tool in json.loads(self.prompt["tools"])}
        reading = read_calls(output, offered)
        if reading.broken:
            return "broken_call", []
        if not reading.calls:
            return "no_call", []
        results = self._results(reading)
        if results is None:
            called, recorded = (_names(calls) for calls in (reading.calls, self.fixtures))
            return ("other_arguments" if called == recorded else "other_tool"), []
        return None, [*self.messages, *_exchange(reading, results)]

    def _results(self, reading: Reading) -> list[str] | None:
        """The result of each call, in order; None if a call has none, or one was not made."""
        left = list(self.fixtures)
        found = []
        for call in (*reading.calls, *reading.invented):
            held = next((one for one in left if _is_of(call, one)), None)
            if held is None:
                return None
            left.remove(held)
            found.append(held.result)
        return None if left else found


def conversations(prompts: Iterable[Mapping[str, Any]]) -> list[Conversation]:
    """Those of the prompts that end with the results of calls, in order."""
    found = []
    for prompt in prompts:
        messages = json.loads(prompt["messages"])
        at = len(messages)
        while at and messages[at - 1]["role"] == "tool":
            at -= 1
        if 0 < at < len(messages):
            fixtures = _fixtures(messages[at - 1].get("tool_calls") or (), messages[at:])
            if fixtures:
                found.append(Conversation(prompt, messages[: at - 1], fixtures))
    return found


def brokered_row(
    talk: Conversation, mode: str, call: str, reason: str | None, told: tuple[str, bool] | None
) -> dict[str, Any]:
    """A row of BROKERED; `told` = the answer to the results, and whether it was finished."""
    row = {key: talk.prompt[key] for key in ("prompt_id", "split")}
    row |= {"mode": mode, "call": call, "hit": reason is None, "reason": reason}
    if told is None:
        return row
    output, finished = told
    judged = score(
        output,
        tools=json.loads(talk.prompt["tools"]),
        expected=[],
        carries=json.loads(talk.prompt["carries"] or "[]"),
        finished=finished,
    )
    return row | {
        "output": output,
        "finished": finished,
        "integration_f1": judged.integration_f1,
        "carried": judged.exact,
    }


def _fixtures(calls: Sequence[Message], results: Sequence[Message]) -> tuple[Fixture, ...]:
    """Calls with their results, by id, or in order where there are no ids; () if one has none."""
    by_id = {one.get("tool_call_id"): one for one in results}
    found = []
    for number, call in enumerate(calls):
        result = by_id.get(call.get("id")) if call.get("id") else None
        if result is None and len(results) == len(calls):
            result = results[number]
        arguments = _arguments(call["function"].get("arguments"))
        if result is None or arguments is None:
            return ()
        told = result.get("content")
        text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
        found.append(Fixture(call["function"]["name"], arguments, text))
    return tuple(found)


def _arguments(given: Any) -> dict[str, Any] | None:
    if isinstance(given, str):
        try:
            given = parse_json(given)
        except ValueError:
            return None
    return given if isinstance(given, dict) else None


def _is_of(call: ToolCall, fixture: Fixture) -> bool:
    return plain_name(call.name) == plain_name(fixture.name) and same(
        call.arguments, fixture.arguments
    )


def _names(calls: Iterable[ToolCall | Fixture]) -> Counter[str]:
    return Counter(plain_name(call.name) for call in calls)


def _exchange(reading: Reading, results: Sequence[str]) -> list[Message]:
    """The student's own message, and a message for each result."""
    ids = [f"call_{number}" for number in range(len(results))]
    calls = [
        {
            "id": name,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for name, call in zip(ids, reading.calls, strict=True)
    ]
    said = {"role": "assistant", "content": reading.prose.strip() or None, "tool_calls": calls}
    told = zip(ids, results, strict=True)
    return [said, *({"role": "tool", "tool_call_id": i, "content": text} for i, text in told)]
