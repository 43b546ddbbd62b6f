"""The boundary: bytes of a chat completion in, an allow-listed record out, and back for recordings.

Nothing that is not named here goes on: raw bytes reach no file, log or exception. Reasoning in
words is cut out; in a call it makes the answer refused, for a call is never edited.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from ops.reasoning.cut import Cut, cut, tagged
from ops.teacher.wire import carriers, usage
from ops.teacher.wire.calls import Calls, calls_of
from ops.teacher.wire.logprobs import Pieces, aligned
from ops.teacher.wire.record import Answer
from ops.teacher.wire.tokens import NONE

SIZE_LIMIT = 16_000_000
FINISHES = ("stop", "length", "tool_calls", "function_call", "content_filter", "abort", "error")
"""Why an answer ended, in the words of OpenAI, vLLM (abort) and OpenRouter (error)."""
_NAME = re.compile(r"[ -~]{1,200}")


def from_wire(body: bytes, keep_reasoning: bool = False, pieces: Pieces | None = None) -> Answer:
    """The record of a chat completion; any bytes give one, and never an exception.

    Args:
        body: of the HTTP answer, as it came.
        keep_reasoning: whether a licence allows to keep what the teacher thought.
        pieces: the teacher's vocabulary, for a server that reports tokens by their ids.
    """
    completion = _parsed(body)
    if completion is None:
        return Answer(problem="malformed", detail=f"{len(body)} bytes that are no chat completion")
    told: dict[str, Any] = {
        "model": _name(completion.get("model")),
        "system_fingerprint": _name(completion.get("system_fingerprint")),
        **usage.read(completion.get("usage")),
    }
    choice, said = _said(completion)
    if said is None:
        return Answer(**told, problem="malformed", detail=f"{len(body)} bytes without a message")
    problem, detail = _problem(said, told["reasoning_tokens"] or 0)
    left = problem == "reasoning_left"
    content, calls = ("", []) if left else (said.words.words, said.calls)
    tokens, status = NONE, "unused"
    if not problem:
        tokens, status = aligned(choice.get("logprobs"), content, calls, pieces)
    return Answer(
        **told,
        content=content,
        tool_calls=calls,
        finish_reason=said.finish,
        dropped=said.dropped,
        reasoning_chars=len(said.reasoning),
        reasoning=said.reasoning if keep_reasoning else "",
        tokens=tokens,
        logprobs=status,
        problem=problem,
        detail=detail,
    )


def to_completion(answer: Answer) -> dict[str, Any]:
    """A chat completion that `from_wire` would read as this answer: for recordings."""
    message = {"role": "assistant", "content": answer.content, "tool_calls": answer.tool_calls}
    thought = {"reasoning_content": answer.reasoning} if answer.reasoning else {}
    entries = [
        {**_shown(token, nats), "top_logprobs": [_shown(text, p) for text, p in top]}
        for token, nats, top in answer.tokens.positions()
    ]
    choice = {
        "index": 0,
        "message": message | thought,
        "finish_reason": answer.finish_reason or None,
        "logprobs": {"content": entries} if entries else None,
    }
    return {
        "object": "chat.completion",
        "model": answer.model,
        "system_fingerprint": answer.system_fingerprint,
        "choices": [choice],
        "usage": usage.written(answer),
    }


def _shown(token: bytes, nats: float) -> dict[str, Any]:
    return {"token": token.decode("utf-8", "replace"), "bytes": list(token), "logprob": nats}


@dataclass(frozen=True, slots=True)
class _Said:
    """What one choice says: words without reasoning, calls, and what is wrong with their form."""

    words: Cut
    calls: Calls
    fault: str
    refusal: str
    finish: str
    dropped: list[str]
    reasoning: str


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name that stands twice in an object: which is meant?")
    return made


def _said(completion: dict[str, Any]) -> tuple[dict[str, Any], _Said | None]:
    """The first choice, and what it says; None if there is no message in it."""
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return {}, None
    spoken = carriers.read(message)
    words, refusal = cut(_clean(spoken.words)), cut(_clean(spoken.refusal))
    calls, fault = calls_of(message)
    if not fault and _clean(spoken.words) != spoken.words:
        fault = "words that hold NUL or half a character"
    inline = {"inline": words.reasoning, "refusal": refusal.reasoning}
    finish = choice.get("finish_reason")
    said = _Said(
        words=words,
        calls=calls,
        fault=spoken.fault or fault,
        refusal="declined" if refusal.edited or tagged(refusal.words) else refusal.words,
        finish=finish if finish in FINISHES else "other" if finish else "",
        dropped=spoken.dropped + [name for name, held in inline.items() if held],
        reasoning=_clean("\n".join(filter(None, [*spoken.thoughts, *inline.values()]))),
    )
    return choice, said


def _problem(said: _Said, reasoning_tokens: int) -> tuple[str, str]:
    """The first reason why nothing can be learnt from this, and what was found."""
    tags = [text for call in said.calls for text in call["function"].values() if tagged(text)]
    hidden = said.words.edited or tagged(said.words.words)
    silent = not said.words.words.strip() and not said.calls
    starved = bool(said.dropped or reasoning_tokens)
    checks = (
        (said.fault, "malformed", said.fault),
        (tags, "reasoning_left", "a tag of reasoning in the name or the arguments of a call"),
        (hidden, "reasoning_left", "a tag of reasoning inside of JSON or behind escapes"),
        (said.finish == "content_filter", "content_filter", "cut by the endpoint's filter"),
        (said.finish == "abort", "cancelled", "the endpoint ended the answer early"),
        (said.finish == "error", "malformed", "the endpoint ended the answer with an error"),
        (said.refusal, "refusal", said.refusal[:300]),
        (silent and starved, "reasoning_starved", f"finish_reason {said.finish or 'none'}"),
        (silent, "empty", f"finish_reason {said.finish or 'none'}"),
        (said.finish == "length", "truncated", "finish_reason length"),
    )
    return next(((reason, detail) for found, reason, detail in checks if found), ("", ""))


def _name(value: object) -> str | None:
    """A name that an endpoint gives itself, if it looks like one."""
    named = isinstance(value, str) and _NAME.fullmatch(value) and not tagged(value)
    return value if isinstance(value, str) and named else None


def _clean(text: str) -> str:
    """Text that UTF-8 and Parquet can hold: lone surrogates and NUL replaced."""
    return (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
