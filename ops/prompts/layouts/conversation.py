"""The turns of a conversation as OpenAI's messages: calls get ids, results are matched with them.

What a turn holds is for the layout to read; here is only how turns hang together.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ops.prompts.expected import accepting
from ops.prompts.files.row import STRICT
from ops.prompts.layouts.prompt import BadRow, ask_of

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: its words, and the calls and the thought of an assistant or the results of tools.

    No prompt has a thought: what reads prompts never fills it in.
    """

    role: str
    text: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[str, ...] = ()
    thought: str = ""


def merged(turns: list[Turn]) -> list[Turn]:
    """The turns, with those of one assistant or of tools that follow each other as one."""
    found: list[Turn] = []
    for turn in turns:
        last = found[-1] if found else None
        if last is not None and last.role == turn.role and turn.role in ("assistant", "tool"):
            text = "\n".join(part for part in (last.text, turn.text) if part)
            thought = "\n".join(part for part in (last.thought, turn.thought) if part)
            calls, results = last.calls + turn.calls, last.results + turn.results
            found[-1] = Turn(turn.role, text, calls, results, thought)
        else:
            found.append(turn)
    return found


def asked(
    turns: list[Turn], offered: set[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None]:
    """The messages before a last turn of the assistant, and the right calls which that turn gives.

    Nothing is known (None) of a conversation that ends before an answer. Raises BadRow.
    """
    whole = merged(turns)
    answer = whole.pop() if whole and whole[-1].role == "assistant" else None
    messages = ask_of(_Messages().of(whole))
    if answer is None or not (answer.calls or answer.text):
        return messages, None
    for name, _ in answer.calls:
        if name not in offered:
            raise BadRow("bad_calls", f"{name!r} is not offered")
    return messages, [accepting(name, arguments) for name, arguments in answer.calls]


def whole(turns: list[Turn]) -> tuple[list[dict[str, Any]], list[Turn]]:
    """The messages before the last turn of the assistant, and all its turns in order.

    Nothing is known of what is said after it. Raises BadRow.
    """
    listed = merged(turns)
    while listed and listed[-1].role != "assistant":
        listed.pop()
    said = [turn for turn in listed if turn.role == "assistant"]
    if not said:
        raise BadRow("no_messages", "the assistant says nothing")
    return ask_of(_Messages().of(listed[:-1])), said


@dataclass(slots=True)
class _Messages:
    made: list[dict[str, Any]] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    calls: int = 0

    def of(self, turns: list[Turn]) -> list[dict[str, Any]]:
        for number, turn in enumerate(turns, start=1):
            if turn.role == "tool":
                self._results(number, turn)
                continue
            if self.waiting:
                raise BadRow("bad_messages", f"a call has no result before turn {number}")
            message: dict[str, Any] = {"role": turn.role, "content": turn.text}
            if turn.calls:
                message["content"] = turn.text or None
                message["tool_calls"] = [self._call(*call) for call in turn.calls]
            self.made.append(message)
        if self.waiting:
            raise BadRow("bad_messages", f"{len(self.waiting)} calls have no result at the end")
        return self.made

    def _call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        # Nine letters and digits: the form that Mistral's template wants.
        call_id = f"call{self.calls:05d}"
        self.waiting.append(call_id)
        function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
        return {"id": call_id, "type": "function", "function": function}

    def _results(self, number: int, turn: Turn) -> None:
        results = list(turn.results)
        if len(results) == 1 < len(self.waiting):
            results = _several(results[0])
        if len(results) != len(self.waiting):
            found = f"{len(results)} results for {len(self.waiting)} calls"
            raise BadRow("bad_messages", f"turn {number} has {found}")
        for result in results:
            call_id = self.waiting.popleft()
            self.made.append({"role": "tool", "tool_call_id": call_id, "content": result})


def _several(text: str) -> list[str]:
    """The results that one text lists as JSON; itself where it lists none."""
    try:
        found = json.loads(text, **STRICT)
    except (ValueError, RecursionError):
        return [text]
    if not isinstance(found, list):
        return [text]
    return [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in found]
