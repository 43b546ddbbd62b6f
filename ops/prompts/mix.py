"""The prompt mix from the registry: seeded, stratified by split and kind, without duplicates.

Every prompt is a function of (seed, split, kind, its number) and of those before it only where
they are equal. Tools take turns, so that none is left out of a split that is large enough.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ops import tables
from ops.digest import digest
from ops.errors import SettingsError
from ops.phrases.answers import carried
from ops.phrases.book import Book
from ops.prompts.ask import Request, Speaker
from ops.prompts.config import MixConfig
from ops.prompts.contract import PROMPTS
from ops.prompts.expected import accepting
from ops.prompts.fit import check_fit
from ops.prompts.registry import Registry
from ops.prompts.row import row

MOST_TOOLS = 6
TRIES = 50


def mix(registry: Registry, book: Book, config: MixConfig, seed: int) -> pa.Table:
    """The prompts of a seed, schema PROMPTS.

    Raises:
        SettingsError: registry and phrase book do not fit, or cannot give so many prompts.
    """
    check_fit(registry, book)
    rows: dict[str, dict[str, Any]] = {}
    for split, total in _quotas(config.splits.model_dump(), config.prompts).items():
        turns = sorted(registry.tools, key=lambda name: digest(seed, split, name))
        turn = 0
        for kind, count in _quotas(config.kinds.model_dump(), total).items():
            for number in range(count):
                made = _distinct(
                    rows, (seed, split, kind, number), registry, book, turns[turn % len(turns)]
                )
                rows[made["prompt_id"]] = made
                turn += 1
    return tables.from_rows(rows.values(), PROMPTS)


def _distinct(
    rows: dict[str, dict[str, Any]],
    key: tuple[int, str, str, int],
    registry: Registry,
    book: Book,
    tool: str,
) -> dict[str, Any]:
    _, split, kind, number = key
    for attempt in range(TRIES):
        rng = random.Random(digest(*key, attempt))
        draft = _Draft(registry, book, Speaker(book, split, rng), tool)
        made = row(**KINDS[kind](draft), split=split, kind=kind, source="registry")
        if made["prompt_id"] not in rows:
            return made
    raise SettingsError(
        f"the phrase book has no further {kind} prompt for {tool} in {split} after {number} "
        f"of that kind; lower prompts.prompts or add phrasings and values"
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    registry: Registry
    book: Book
    speaker: Speaker
    tool: str

    @property
    def rng(self) -> random.Random:
        return self.speaker.rng

    def offer(
        self, right: list[str], *, similar: int = 0, never: frozenset[str] = frozenset()
    ) -> list[Any]:
        """2 to 6 tools: the right ones, some similar to the first, and others; shuffled."""
        alike = [name for name in self.book.tools[self.tool].similar if name not in right]
        offered = right + self.rng.sample(alike, min(similar, len(alike)))
        barred = {*offered, *never, *alike}
        others = [name for name in self.registry.tools if name not in barred]
        size = self.rng.randint(max(2, len(offered)), MOST_TOOLS)
        offered += self.rng.sample(others, min(len(others), size - len(offered)))
        self.rng.shuffle(offered)
        return [self.registry.tools[name] for name in offered]

    def call(self) -> tuple[str, dict[str, Any]]:
        asked = self.speaker.say(self.book.tools[self.tool])
        return asked.text, asked.arguments


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _single(draft: _Draft) -> dict[str, Any]:
    text, arguments = draft.call()
    messages = [_user(draft.speaker.carry(text))]
    tools = draft.offer([draft.tool])
    return {"messages": messages, "tools": tools, "expected": [accepting(draft.tool, arguments)]}


def _choice(draft: _Draft) -> dict[str, Any]:
    text, arguments = draft.call()
    messages = [_user(draft.speaker.carry(text))]
    tools = draft.offer([draft.tool], similar=draft.rng.choice((1, 2, 2)))
    return {"messages": messages, "tools": tools, "expected": [accepting(draft.tool, arguments)]}


def _parallel(draft: _Draft) -> dict[str, Any]:
    """Two calls, in a third of the prompts of the same tool."""
    others = [name for name in draft.registry.tools if name != draft.tool]
    second = draft.tool if not others or draft.rng.random() < 1 / 3 else draft.rng.choice(others)
    calls: list[tuple[str, Request]] = []
    for name in (draft.tool, second):
        asked = draft.speaker.say(draft.book.tools[name])
        while (name, asked.arguments) in [(other, said.arguments) for other, said in calls]:
            asked = draft.speaker.say(draft.book.tools[name])
        calls.append((name, asked))
    text = draft.rng.choice(draft.book.carriers.joins).join(asked.text for _, asked in calls)
    return {
        "messages": [_user(draft.speaker.finish(text, asks=False))],
        "tools": draft.offer(list(dict.fromkeys(name for name, _ in calls))),
        "expected": [accepting(name, asked.arguments) for name, asked in calls],
    }


def _integration(draft: _Draft) -> dict[str, Any]:
    """The tool was called and has answered: what is right now is a sentence with its result."""
    text, arguments = draft.call()
    result = draft.speaker.result(draft.book.tools[draft.tool].result)
    call_id = f"call_{digest(text, arguments)[:8]}"
    function = {"name": draft.tool, "arguments": json.dumps(arguments, ensure_ascii=False)}
    asked: dict[str, Any] = {"role": "assistant", "content": None}
    asked["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
    told = {
        "role": "tool",
        "tool_call_id": call_id,
        "content": json.dumps(result, ensure_ascii=False),
    }
    return {
        "messages": [_user(draft.speaker.carry(text)), asked, told],
        "tools": draft.offer([draft.tool]),
        "expected": [],
        "carries": json.dumps(carried(result), ensure_ascii=False),
    }


def _no_tool(draft: _Draft) -> dict[str, Any]:
    """Small talk, or a request for a tool that is not offered, nor any that is similar to it."""
    never: frozenset[str] = frozenset()
    if draft.rng.random() < 0.5:
        text = draft.speaker.finish(
            draft.speaker.say(draft.rng.choice(draft.book.no_tool)).text, False
        )
    else:
        text = draft.speaker.carry(draft.call()[0])
        never = frozenset({draft.tool})
    return {"messages": [_user(text)], "tools": draft.offer([], never=never), "expected": []}


KINDS: dict[str, Callable[[_Draft], dict[str, Any]]] = {
    "single": _single,
    "choice": _choice,
    "parallel": _parallel,
    "integration": _integration,
    "no_tool": _no_tool,
}


def _quotas(shares: dict[str, float], total: int) -> dict[str, int]:
    """Whole numbers in the given shares that add up to the total: largest remainders first."""
    exact = {name: share * total for name, share in shares.items()}
    counts = {name: int(value + 1e-9) for name, value in exact.items()}
    left = sorted(exact, key=lambda name: counts[name] - exact[name])[
        : total - sum(counts.values())
    ]
    return {name: count + (name in left) for name, count in counts.items()}
