"""Log-probabilities of the visible answer, or none: aligned by bytes, never by trust.

A server may report every token that it sampled, those of the reasoning that it hides included
(sgl-project/sglang#25055). Only a run of tokens is kept whose bytes are exactly the visible words,
or that spells exactly the calls; no text of any other position goes on.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from ops.reasoning.cut import cut
from ops.teacher.wire.tokens import NONE, Position, Tokens, pack
from ops.toolcalls.call import Reading, plain_name
from ops.toolcalls.coerce import kind_of
from ops.toolcalls.message import read_message
from ops.toolcalls.read import read_calls

Calls = list[dict[str, Any]]
Pieces = Mapping[int, bytes]
"""A teacher's vocabulary: the bytes of each id."""

SENTINEL = -9999.0
"""What OpenAI and vLLM write where a token is too unlikely to say how much."""
_ROUNDING = 1e-3
_LABEL = "token_id:"
_TOKEN_ID = re.compile(_LABEL + r"(\d{1,9})")
_END = re.compile(rb"\s*|<\|[^<>|]{1,40}\|>|</s>|<eos>|<end_of_turn>")
"""What may stand after the answer: white space, and the tokens that end a turn."""
_ENDS = 4
_MARKERS = {"[TOOL_CALLS]", "<|python_tag|>"}
"""Words that only say that calls follow, in Mistral's and Llama's templates."""
_UNKNOWN = "\N{REPLACEMENT CHARACTER}".encode()


def aligned(
    logprobs: object, words: str, calls: Calls, pieces: Pieces | None = None
) -> tuple[Tokens, str]:
    """The visible answer's tokens, and kept | absent | misaligned.

    Args:
        logprobs: the choice's member of that name, as it came.
        words: the visible words.
        calls: the calls, as ops.teacher.wire.record.Answer has them.
        pieces: needed for a server that reports its tokens as "token_id:N".
    """
    listed = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(listed, list) or not listed:
        return NONE, "absent"
    try:
        chosen = [_chosen(entry, pieces) for entry in listed]
        first, last = _run(chosen, words, calls)
        kept = pack(_position(listed[i], chosen[i], pieces) for i in range(first, last))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return NONE, "misaligned"
    return kept, "kept" if kept else "misaligned"


def _run(chosen: list[bytes], words: str, calls: Calls) -> tuple[int, int]:
    """First and last token, half open, of the visible answer. Raises ValueError if there is none.

    The tokens of calls are those after the reasoning that read back to the same calls and words.
    """
    starts = [0, *accumulate(map(len, chosen))]
    joined = b"".join(chosen)
    ends = _ends(chosen)
    if not calls:
        return _tokens(starts, joined, ends, words.encode("utf-8"))
    ends = ends[-1:]
    shown = cut(joined[: starts[ends[0]]].decode("utf-8")).words
    first, last = _tokens(starts, joined, ends, shown.encode("utf-8"))
    if not _spells(shown, words, calls):
        raise ValueError("the tokens are not those of the calls")
    return first, last


def _ends(chosen: list[bytes]) -> list[int]:
    """Where the answer may end: after the last token, or before some that only end the turn."""
    ends = [len(chosen)]
    while len(ends) <= _ENDS and ends[-1] and _END.fullmatch(chosen[ends[-1] - 1]):
        ends.append(ends[-1] - 1)
    return ends


def _tokens(starts: list[int], joined: bytes, ends: list[int], shown: bytes) -> tuple[int, int]:
    """The tokens up to one of the ends that are `shown` byte for byte, none of them empty."""
    for stop in (starts[end] for end in ends):
        begin = stop - len(shown)
        if shown and joined.endswith(shown, 0, stop):
            first = bisect_right(starts, begin) - 1
            if starts[first] == begin:
                return first, bisect_left(starts, stop)
    raise ValueError("the tokens are not those of the words")


def _spells(text: str, words: str, calls: Calls) -> bool:
    names = {call["function"]["name"] for call in calls}
    sent = read_message({"tool_calls": calls}, names)
    spelt = read_calls(text, _definitions(sent))
    prose = "" if spelt.prose in _MARKERS else spelt.prose
    same = _decisions(spelt) == _decisions(sent)
    return same and prose == words.strip() and not spelt.broken and not sent.broken


def _definitions(sent: Reading) -> dict[str, dict[str, Any]]:
    """Tools whose arguments are of the types that the server sent.

    A dialect that writes values without types (Qwen-Coder, GLM, MiniMax) was read by the server
    with the tools' schemas or its own guesses: its tokens are those of the call if they spell it
    as values of these types.
    """
    kinds: dict[str, dict[str, set[str]]] = {}
    for call in sent.calls:
        tool = kinds.setdefault(call.name, {})
        for key, value in (call.arguments or {}).items():
            kind = kind_of(value)
            tool.setdefault(key, set()).add("number" if kind == "integer" else kind)
    return {
        name: {"function": {"name": name, "parameters": {"properties": _typed(tool)}}}
        for name, tool in kinds.items()
    }


def _typed(kinds: Mapping[str, set[str]]) -> dict[str, Any]:
    return {key: {"type": sorted(found)} for key, found in kinds.items()}


def _decisions(reading: Reading) -> list[tuple[str, Any]]:
    return [(plain_name(call.name), call.arguments) for call in reading.calls]


def _position(entry: dict[str, Any], token: bytes, pieces: Pieces | None) -> Position:
    """One position; of outcomes with equal bytes the first, and none that is not known."""
    top: dict[bytes, float] = {}
    for one in entry["top_logprobs"]:
        nats, text = _nats(one), _bytes(one, pieces)
        if text and nats > SENTINEL and _UNKNOWN not in text:
            top.setdefault(text, nats)
    return Position(token, _nats(entry), list(top.items()))


def _nats(entry: dict[str, Any]) -> float:
    """The log-probability. Raises ValueError if it is none: above zero or not a number."""
    value = float(entry["logprob"])
    if not value <= _ROUNDING:
        raise ValueError("a log-probability above zero, or not a number")
    return value


def _chosen(entry: dict[str, Any], pieces: Pieces | None) -> bytes:
    text = _bytes(entry, pieces)
    if text is None:
        raise ValueError("a token's id that the vocabulary does not hold")
    return text


def _bytes(entry: dict[str, Any], pieces: Pieces | None) -> bytes | None:
    """The token's bytes; None if only an id is told and nobody knows it."""
    token, listed = entry["token"], entry.get("bytes")
    raw: bytes = bytes(listed) if isinstance(listed, list) else token.encode("utf-8")
    if not token.startswith(_LABEL):
        return raw
    by_id = _TOKEN_ID.fullmatch(token)
    if by_id and pieces is not None:
        return pieces.get(int(by_id[1]))
    return None if by_id and raw == token.encode("utf-8") else raw
