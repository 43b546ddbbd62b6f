"""A conversation as one training text: context and answers by turns, in the student's template.

An answer is what the student would write where the context before it ends, so each is rendered as
at inference: the messages before it with the template's prompt for an answer, then the answer. A
template may write an answer otherwise once it is past, or drop it: what does not stand in the whole
text as it would be written cannot be taught there, and stays context. Where the results of tools
stand is found by rendering once more with marks in their places, so that any template will do.
Not here: which characters are worth supervising (extract.py).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.student.encode import most_characters, token_ids
from ops.student.render import END, render_answer, render_prompt
from ops.toolcalls.call import ToolCall

THOUGHT = ("<think>\n", "\n</think>")
# Two characters of Unicode's private use area, which no template looks at.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
Message = dict[str, Any]


class TooLong(ValueError):
    """A text has more tokens than there is room for; its message says how many."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an assistant said: its words, then its calls; and before them what it thought."""

    words: str
    calls: tuple[ToolCall, ...] = ()
    thought: str = ""

    @property
    def content(self) -> str:
        """Thought and words, as the content of a message."""
        thought = self.thought.strip().join(THOUGHT) if self.thought.strip() else ""
        return "\n".join(part for part in (thought, self.words.strip()) if part)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in the text.

    Attributes:
        start, end: its characters, without what ends a turn.
        says: where its words begin, behind its thought.
        calls: how many calls it ends with.
        heard: how many of the example's results stand before it.
    """

    start: int
    end: int
    says: int
    calls: int
    heard: int


@dataclass(frozen=True, slots=True)
class Example:
    """A text, its cuts (ops.spans.contract.TEXTS), and what stands where.

    Attributes:
        results: what the tools answered, in the order of the messages.
        observed: characters of those that the text holds, as they are.
        offered: names of the tools on offer.
    """

    text: str
    cuts: list[int]
    answers: list[Written]
    results: list[str]
    observed: list[tuple[int, int]]
    offered: frozenset[str]


def example(
    tokenizer: Any,
    messages: Sequence[Message],
    tools: list[dict[str, Any]],
    answers: Mapping[int, Answer],
    room: int = 0,
) -> Example:
    """The text of a conversation that ends with one of its answers.

    Args:
        messages: OpenAI's, those of `answers` among them; all after the last answer are left out.
        answers: what is taught, by the number of its message; at least one.
        room: tokens beyond which a text is of no use, 0 = none: where earlier answers stand is
            looked for by rendering once for each, which only a text of bounded length may cost.

    Raises:
        TooLong: there is no room for the text.
    """
    last = max(answers)
    shown = [_message(one, answers.get(at)) for at, one in enumerate(messages[:last])]
    asked = render_prompt(tokenizer, shown, tools)
    text = asked + _answer(answers[last])
    if room and len(text) > (most := most_characters(tokenizer, room)):
        raise TooLong(f"{len(text)} characters, the context never holds more than {most}")
    if room and (tokens := len(token_ids(tokenizer, text))) > room:
        raise TooLong(f"{tokens} tokens, the context has {room}")
    cuts, written = list[int](), list[Written]()
    for at in sorted(answers):
        before = render_prompt(tokenizer, shown[:at], tools) if at < last else asked
        said = _answer(answers[at])
        after = cuts[-1] if cuts else 0
        if at == last or (asked.startswith(before + said) and after < len(before)):
            heard = sum(one["role"] == "tool" for one in messages[:at])
            cuts += [len(before), len(before) + len(said)]
            written.append(_written(len(before), said, answers[at], heard))
    return Example(
        text,
        cuts,
        written,
        [one.get("content") or "" for one in shown if one["role"] == "tool"],
        _observed(tokenizer, shown, tools, asked),
        frozenset(tool["function"]["name"] for tool in tools),
    )


def _message(message: Message, answer: Answer | None) -> Message:
    """A message as the template sees it: an answer that is taught stands there as it is written."""
    if answer is None:
        return message
    ids = [call.get("id") for call in message.get("tool_calls") or ()]
    ids += [None] * (len(answer.calls) - len(ids))
    calls = [
        ({"id": given} if given else {})
        | {
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": json.dumps(call.arguments, ensure_ascii=False),
            },
        }
        for given, call in zip(ids, answer.calls, strict=False)
    ]
    made = {**message, "content": answer.content}
    made.pop("tool_calls", None)
    return made | ({"tool_calls": calls} if calls else {})


def _answer(answer: Answer) -> str:
    return render_answer(answer.content, list(answer.calls))


def _written(start: int, said: str, answer: Answer, heard: int) -> Written:
    end = start + len(said.removesuffix(END))
    says = start
    if answer.thought.strip():
        says += len(answer.content.removesuffix(answer.words.strip()).rstrip())
    return Written(start, end, says, len(answer.calls), heard)


def _observed(
    tokenizer: Any, messages: list[Message], tools: list[dict[str, Any]], asked: str
) -> list[tuple[int, int]]:
    """Where the results stand; none from the first on that the template changes."""
    marked, results = list[Message](), list[str]()
    for message in messages:
        if message["role"] == "tool" and message.get("content"):
            marked.append({**message, "content": f"{_OPEN}{len(results)}{_CLOSE}"})
            results.append(message["content"])
        else:
            marked.append(message)
    if not results or _OPEN in asked:
        return []
    found, at = list[tuple[int, int]](), 0
    pieces = _MARK.split(render_prompt(tokenizer, marked, tools))
    for before, number in zip(pieces[::2], pieces[1::2], strict=False):
        start, result = at + len(before), results[int(number)]
        shown = next((one for one in (result, result.strip()) if asked.startswith(one, start)), "")
        if not shown or not asked.startswith(before, at):
            break
        at = start + len(shown)
        found.append((start, at))
    return found
