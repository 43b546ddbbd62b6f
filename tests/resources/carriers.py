"""Answers in which every carrier of reasoning holds a canary, and the search for it afterwards.

An answer is right, so that it is accepted where its carrier can be cut off. Every response holds
the canary in its headers too, and errors repeat the key.
"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq

from ops.phrases.book import load_book
from ops.teacher.embedded.stub import Stub
from resources.profile import CONFIGS

from .conftest import send

CANARY = "CANARY7f3a"
KEY = "sk-NIGHTINGALE55e1"
MARK = "MARK90b2"
"""In the words of some answers, where it has to be found: the search can find something."""
THOUGHT = f'First {CANARY} I weigh "the tools", then {CANARY} I choose.'
HEADERS = {"X-Reasoning": THOUGHT, "Set-Cookie": f"session={KEY}", "X-Request-Id": CANARY}

Message = dict[str, Any]
Plant = Callable[[Message], None]


def _field(name: str, held: Any) -> Plant:
    return lambda message: message.update({name: held})


def _around(before: str, after: str = "") -> Plant:
    return lambda message: message.update(content=before + (message["content"] or "") + after)


def _blocks(*before: dict[str, Any]) -> Plant:
    def plant(message: Message) -> None:
        text = {"type": "text", "text": message["content"] or ""}
        message["content"] = [*before, text, {"type": "thinking", "thinking": THOUGHT}]

    return plant


def _in_arguments(written: str) -> Plant:
    def plant(message: Message) -> None:
        for call in message.get("tool_calls") or []:
            spelt = call["function"]["arguments"]
            call["function"]["arguments"] = spelt.replace('": "', f'": "{written}', 1)

    return plant


def _beside_calls(message: Message) -> None:
    for call in message.get("tool_calls") or []:
        call |= {"reasoning": THOUGHT, "thought_signature": THOUGHT}
        call["function"] |= {"thought": THOUGHT}


THINK = f"<think>{THOUGHT}</think>"
CARRIERS: dict[str, Plant] = {
    "none": lambda message: None,
    "mark": _around(f"{MARK} "),
    "reasoning_content": _field("reasoning_content", THOUGHT),
    "reasoning": _field("reasoning", THOUGHT),
    "reasoning_object": _field("reasoning", {"summary": [THOUGHT], "content": THOUGHT}),
    "reasoning_details": _field(
        "reasoning_details",
        [
            {"type": "reasoning.text", "text": THOUGHT},
            {"type": "reasoning.encrypted", "data": base64.b64encode(THOUGHT.encode()).decode()},
        ],
    ),
    "thinking": _field("thinking", THOUGHT),
    "thinking_blocks": _field("thinking_blocks", [{"type": "thinking", "thinking": THOUGHT}]),
    "blocks": _blocks({"type": "thinking", "thinking": THOUGHT, "signature": CANARY}),
    "blocks_redacted": _blocks({"type": "redacted_thinking", "data": CANARY}),
    "blocks_reasoning": _blocks({"type": "reasoning", "summary": [{"text": THOUGHT}]}),
    "unheard_of": _field("inner_monologue", {"deep": [THOUGHT]}),
    "think": _around(THINK),
    "think_upper": _around(f"<THINK>\n{THOUGHT}\n</THINK>\n"),
    "thinking_tag": _around(f"<thinking>{THOUGHT}</thinking>"),
    "reasoning_tag": _around(f"<reasoning>{THOUGHT}</reasoning>"),
    "thought_tag": _around(f"<thought>{THOUGHT}</thought>"),
    "mistral": _around(f"[THINK]{THOUGHT}[/THINK]"),
    "harmony": _around(
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final"
        "<|message|>"
    ),
    "unterminated": _around("", f"<think>{THOUGHT}"),
    "only_unterminated": lambda message: message.update(content=f"<think>{THOUGHT}", tool_calls=[]),
    "closed_only": _around(f"{THOUGHT}</think>"),
    "nested": _around(f"<think>a<think>{THOUGHT}</think>{THOUGHT}</think>"),
    "halves": _around(f"<thi<think>x</think>nk>{THOUGHT}</think>"),
    "twice": _around(THINK, THINK),
    "arguments": _in_arguments(THINK),
    "arguments_escaped": _in_arguments(
        f"\\u003cthink\\u003e{CANARY}\\u003c/think\\u003e"
    ),
    "arguments_open": _in_arguments(f"<think>{CANARY}"),
    "beside_calls": _beside_calls,
    "refusal": lambda message: message.update(content=None, tool_calls=[], refusal=f"{THINK}No."),
    "refusal_only": lambda message: message.update(content="", tool_calls=[], refusal=THINK),
}  # fmt: skip


class Carriers:
    """Answers as the stub does, with each request's carrier in turn."""

    def __init__(self) -> None:
        self._stub = Stub(load_book(CONFIGS / "phrases.yaml"))
        self.planted: list[str] = []

    def __call__(self, handler: Any) -> None:
        name = list(CARRIERS)[handler.number % len(CARRIERS)]
        self.planted.append(name)
        answer = self._stub.answer(handler.asked)
        choice = answer["choices"][0]
        CARRIERS[name](choice["message"])
        if name == "think":
            choice["logprobs"] = _logprobs(choice["message"]["content"])
        choice["thought"] = answer["reasoning"] = THOUGHT
        send(handler, 200, json.dumps(answer).encode(), HEADERS)


def _logprobs(raw: str) -> dict[str, Any]:
    """As servers send them that do not know of reasoning: for all that was written."""
    entries = [
        {"token": c, "logprob": -0.1, "bytes": list(c.encode()), "top_logprobs": []} for c in raw
    ]
    return {"content": entries}


def error(status: int) -> Callable[[Any], None]:
    """An error whose body and headers repeat what was thought, and the key."""
    told = {"message": f"{THOUGHT} Incorrect API key provided: {KEY}.", "param": THOUGHT}
    body = json.dumps({"error": told | {"code": KEY, "type": THOUGHT}, "detail": THINK}).encode()
    return lambda handler: send(handler, status, body, HEADERS | {"Retry-After": KEY})


def forms(secret: str) -> Iterator[bytes]:
    """The secret as it may be written: as it is, escaped, in base64 at each alignment, in hex."""
    raw = secret.encode()
    yield raw
    yield secret.encode("utf-16-le")
    yield raw.hex().encode()
    yield quote(secret, safe="").encode()
    yield "".join(f"\\u{ord(one):04x}" for one in secret).encode()
    for lead in range(3):
        # The first and last characters of base64 depend on the neighbours.
        held = base64.b64encode(b"x" * lead + raw).rstrip(b"=")
        yield held[(lead * 8 + 5) // 6 : -1]


def holds(held: bytes, secret: str) -> bool:
    """Whether one of the forms is there, in any case."""
    lower = held.lower()
    return any(form in held or form.lower() in lower for form in forms(secret))


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder as bytes, and Parquet also unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            held = path.read_bytes()
            if path.suffix == ".parquet":
                rows = pq.read_table(path).to_pylist()
                held += "\n".join(map(repr, rows)).encode("utf-8", "backslashreplace")
            yield path, held


def assert_clean(folder: Path, *texts: str) -> None:
    """Neither the canary nor the key is in a file below the folder or in one of the texts."""
    for path, held in everything(folder):
        for secret in (CANARY, KEY):
            assert not holds(held, secret), path
    for text in texts:
        for secret in (CANARY, KEY):
            assert not holds(text.encode(), secret), text
