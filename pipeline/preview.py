"""One training example as a person can check it: its words by kind, its tokens, their weights.

Read from the shards that are in the lake, with the tokenizer that they were made with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ops import tables
from ops.errors import InputError
from ops.losses.weights import token_weights
from ops.shards.contract import SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS
from resources.lake import Lake
from resources.profile import Profile

COLOURS = {
    "prompt": "bright_black",
    "observation": "cyan",
    "prose": "white",
    "reasoning": "magenta",
    "action": "yellow",
    "integration": "green",
    "json_arguments": "blue",
    "json_value": "bright_blue",
    "tool_name": "bright_red",
}
OUTCOMES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A row of the shards, with the tokenizer that reads it."""

    row: dict[str, Any]
    tokenizer: Any


def find(lake: Lake, wanted: str, kind: str | None) -> Example:
    """The example with this number, or whose prompt id begins so; the first with a token of `kind`.

    Raises:
        InputError: there is none.
        ContractError: no shards are in the lake.
    """
    from ops.student import tokenizer as tokenizers

    if kind is not None and kind not in KINDS:
        raise InputError(f"{kind!r} is no kind of span, expected one of {', '.join(KINDS)}")
    shards = lake.current("token_shards")
    base = lake.version("student_base", None, shards.inputs["student_base"])
    for number, row in enumerate(_rows(shards.path)):
        by_number = wanted.isdecimal() and len(wanted) < 10
        named = number >= int(wanted) if by_number else row["prompt_id"].startswith(wanted)
        if named and (kind is None or KINDS.index(kind) in row["span_kind"]):
            return Example(row, tokenizers.load(base.path / "student"))
        if named and kind is None:
            break
    of_kind = f" with a token of kind {kind}" if kind else ""
    raise InputError(
        f"{shards.path} has no example {wanted!r}{of_kind}; name one by its number from 0 or by "
        f"the beginning of its prompt id"
    )


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("shard-*.parquet")):
        yield from tables.rows(tables.read(path, SHARD))


def show(example: Example, profile: Profile, console: Console, as_tokens: bool) -> None:
    """Print it: coloured words with every second token underlined, or a table of its tokens."""
    row = example.row
    learnt = sum(KINDS[kind] not in CONTEXT_KINDS for kind in row["span_kind"])
    console.print(
        f"{row['prompt_id']}  {row['split']}  {len(row['input_ids'])} tokens, {learnt} of them "
        f"targets, {len(row['teacher_at'])} with the teacher's distribution",
        highlight=False,
    )
    console.print(_table(example, profile) if as_tokens else _words(example, console))


def _words(example: Example, console: Console) -> Text:
    """Colour tells the kind, an underline every second token; without colour the kind is named."""
    text, row = Text(), example.row
    plain = not console.is_terminal or console.no_color
    used = {KINDS[kind] for kind in row["span_kind"]}
    for kind in KINDS:
        if kind in used and not plain:
            text.append(f" {kind} ", f"reverse {COLOURS[kind]}").append(" ")
    text.append("" if plain else "\n\n")
    pieces = enumerate(_pieces(example))
    for kind, run in groupby(pieces, key=lambda one: one[1][0]):
        text.append(f"[{KINDS[kind]}]" if plain else "")
        for number, (_, piece) in run:
            edge = "underline " if number % 2 else ""
            text.append(piece, f"{edge}{COLOURS[KINDS[kind]]}")
    return text


def _pieces(example: Example) -> Iterator[tuple[int, str]]:
    """Kind and words of each token; tokens that share a character come as one."""
    row, held = example.row, list[int]()
    for index, kind in zip(row["input_ids"], row["span_kind"], strict=True):
        held.append(index)
        piece = example.tokenizer.decode(held)
        if not piece.endswith("�") or len(held) == 4:
            held.clear()
            yield kind, piece


def _table(example: Example, profile: Profile) -> Table:
    """A line a token: a target is predicted from the token before it."""
    row, config = example.row, profile.process.supervision
    table = Table("at", "token", "kind", "label", "weight", "teacher", box=None)
    weights = token_weights(row["span_kind"], 1.0 - config.kd_weight, config.decisions.model_dump())
    told = _told(example)
    for at, (index, kind) in enumerate(zip(row["input_ids"], row["span_kind"], strict=True)):
        context = KINDS[kind] in CONTEXT_KINDS
        table.add_row(
            str(at),
            escape(repr(example.tokenizer.decode([index]))),
            f"[{COLOURS[KINDS[kind]]}]{KINDS[kind]}[/]",
            "" if context else str(index),
            "" if context else f"{weights[at]:.2f}",
            escape(told.get(at, "")),
        )
    return table


def _told(example: Example) -> dict[int, str]:
    """The teacher's likeliest outcomes by token."""
    row = example.row
    k = len(row["teacher_ids"]) // max(1, len(row["teacher_at"]))

    def outcomes(start: int) -> str:
        pairs = zip(
            row["teacher_ids"][start : start + OUTCOMES],
            row["teacher_logp"][start : start + OUTCOMES],
            strict=True,
        )
        return "  ".join(
            f"{example.tokenizer.decode([index])!r} {logp:.2f}"
            for index, logp in pairs
            if index >= 0
        )

    return {at: outcomes(number * k) for number, at in enumerate(row["teacher_at"])}
