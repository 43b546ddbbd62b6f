"""At each call of an example, the names of the offered tools, as the tokens that would stand there.

The text around the call is written anew with another name and encoded with it, so that a name's
tokens are those of the text that it would be in, whatever merges across its edges. Where two
tokenizations part, the names begin; a name ends with the token that holds the character behind it,
its closing quote, so that one that is the beginning of another is told from it. Not here: what is
made of them (contrast.py).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from ops.digest import digest
from ops.spans.align import Alignment
from ops.spans.contract import KINDS
from ops.student.encode import encode
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name
from ops.training.batch import supervised

_NAME = KINDS.index("tool_name")
BEFORE = 8
"""Tokens before a name that are encoded with it; no merge reaches so far."""
BEHIND = 32
"""Characters behind it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The names at one call: the example's own is its tokens [start, end), the others go on from
    its first `start` tokens.
    """

    start: int
    end: int
    others: list[list[int]]


class _Answer(NamedTuple):
    """An answer of an example: its first token there, its tokens, its text, characters of each."""

    first: int
    ids: list[int]
    text: str
    offsets: list[tuple[int, int]]


def choices(tokenizer: Any, example: dict[str, Any], most: int) -> list[Choice]:
    """One for each call that is learnt and names one of several offered tools.

    Of more than `most` others some are drawn, the same each time. There is none in an answer whose
    text the tokenizer now encodes otherwise.
    """
    names = list({tool_name(tool): None for tool in json.loads(example.get("tools") or "[]")})
    if len(names) < 2 or _NAME not in example["span_kind"]:
        return []
    found = []
    for answer in _answers(tokenizer, example):
        alignment = Alignment(answer.offsets)
        for number, call in enumerate(read_calls(answer.text, names).calls):
            at = _learnt(example, answer, call, alignment)
            if at is None or call.name not in names:
                continue
            others = _drawn(names, call.name, most, [example.get("prompt_id", ""), number])
            found += _choice(tokenizer, answer, at, [call, *others])
    return found


def _answers(tokenizer: Any, example: dict[str, Any]) -> list[_Answer]:
    """The answers that are encoded as they were: runs of tokens that the student writes."""
    found = []
    places = enumerate(supervised(example["span_kind"]))
    for _, run in groupby(places, lambda pair: pair[1] - pair[0]):
        tokens = [token for _, token in run]
        ids = list(example["input_ids"][tokens[0] : tokens[-1] + 1])
        text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        encoded = encode(tokenizer, text, [len(text)])
        if encoded.ids == ids:
            found.append(_Answer(tokens[0], ids, text, encoded.offsets))
    return found


def _learnt(
    example: dict[str, Any], answer: _Answer, call: ToolCall, alignment: Alignment
) -> int | None:
    """The first token of the call's name in the answer, if the example says that it is one."""
    if call.name_at is None or answer.text[slice(*call.name_at)] != _spelt(call.name):
        return None
    at = alignment.of(*call.name_at)
    if at is None or call.name_at.end >= len(answer.text):
        return None
    tokens = slice(answer.first + at.start, answer.first + at.end)
    broken = any((example.get("broken") or [])[tokens])
    return None if broken or set(example["span_kind"][tokens]) != {_NAME} else at.start


def _spelt(name: str) -> str:
    """As it stands between its quotes."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _drawn(names: Sequence[str], right: str, most: int, seed: list[Any]) -> list[str]:
    """At most so many of the others, in the order of the offer."""
    others = [name for name in names if name != right]
    kept = set(sorted(others, key=lambda name: digest(*seed, name))[:most])
    return [name for name in others if name in kept]


def _choice(tokenizer: Any, answer: _Answer, at: int, named: list[Any]) -> list[Choice]:
    """The choice at the call, whose name begins at token `at`; none if its own does not come out.

    `named` is the call and the names of the other tools.
    """
    call, *others = named
    begin = max(0, at - BEFORE)
    before = answer.text[answer.offsets[begin][0] : call.name_at.start]
    behind = answer.text[call.name_at.end : call.name_at.end + BEHIND]
    own, *rest = _encoded(tokenizer, before, [call.name, *others], behind)
    if own != answer.ids[begin : begin + len(own)]:
        return []
    parts = [_common(own, other) for other in rest]
    apart = [
        (part, other)
        for part, other in zip(parts, rest, strict=True)
        if part < min(len(own), len(other))
    ]
    if not apart:
        return []
    start = min(part for part, _ in apart)
    first = answer.first + begin
    return [Choice(first + start, first + len(own), [other[start:] for _, other in apart])]


def _encoded(tokenizer: Any, before: str, names: list[str], behind: str) -> list[list[int]]:
    """Tokens of each text up to the one that holds the first character behind the name."""
    spelt = [_spelt(name) for name in names]
    made = tokenizer(
        [before + name + behind for name in spelt],
        add_special_tokens=False,
        return_offsets_mapping=True,
        verbose=False,
    )
    ends = [len(before) + len(name) for name in spelt]
    found = []
    for ids, offsets, end in zip(made["input_ids"], made["offset_mapping"], ends, strict=True):
        last = next(number for number, (_, to) in enumerate(offsets) if to > end)
        found.append(ids[: last + 1])
    return found


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the longest equal beginning."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)
