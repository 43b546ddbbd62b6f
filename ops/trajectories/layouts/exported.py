"""Rows of kd_mix.jsonl with positions, as ops/shards/export.py writes them: rendered texts.

A row is taken as it stands: its text, its cuts, and its decisions at the positions that it names,
for the positions are right exactly if this student's ids stand there. A text cannot be cut without
moving them, so one with thoughts is refused wherever the profile does not keep thoughts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ops.digest import digest
from ops.prompts.contract import KINDS as KINDS_OF_PROMPTS
from ops.prompts.layouts.prompt import BadRow
from ops.reasoning.cut import tagged
from ops.shards.contract import FIELDS
from ops.spans.align import Alignment
from ops.spans.contract import DECISIONS, KINDS
from ops.spans.example import THOUGHT, Written
from ops.spans.extract import Span, answered
from ops.spans.integration import Heard
from ops.student.encode import Encoded
from ops.student.render import END
from ops.trajectories.boundary import Boundary

_ID = re.compile(r"[0-9a-f]{32}")
Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Exported:
    """A rendered text, where context and answers take turns, and the tokens of each decision."""

    text: str
    cuts: list[int]
    prompt_id: str
    prompt_kind: str
    positions: dict[str, list[int]]
    ids: dict[str, list[int]]

    def spans(self, encoded: Encoded) -> list[Span]:
        """The spans of the text as this student's tokens say. Raises BadRow if they are others.

        What is read of the answers stands, with exact characters, if it gives the very decisions at
        the positions; if not, the positions stand, with the characters of their tokens.
        """
        for decision, positions in self.positions.items():
            found = [encoded.ids[at] for at in positions if at < len(encoded.ids)]
            if found != self.ids[decision]:
                raise BadRow("tokenizer", f"{decision}: the ids at its positions are others")
        edges, alignment = [0, *self.cuts], Alignment(encoded.offsets)
        spans = [Span("prompt", *at) for at in zip(edges[::2], edges[1::2], strict=False)]
        named = {
            decision: [_characters(decision, run, encoded) for run in _runs(positions)]
            for decision, positions in self.positions.items()
        }
        for start, end in zip(edges[1::2], edges[2::2], strict=True):
            spans += self._read(start, end, named["tool_name"])
        fine = [*spans, *named["integration"]]
        coarse = [span for span in spans if not _decided(span)]
        coarse += [span for listed in named.values() for span in listed]
        chosen = fine if _decisions(fine, alignment) == self.positions else coarse
        return sorted(chosen, key=lambda span: (span.start, -span.end, span.kind))

    def _read(self, start: int, end: int, names: list[Span]) -> Iterator[Span]:
        """The spans of the answer at [start, end) as they are read."""
        called = [one for one in names if start <= one.start < end]
        offered = frozenset(self.text[one.start : one.end].strip("\"' ,:") for one in called)
        closing = self.text.find(THOUGHT[1], start, end)
        thinks = self.text.startswith(THOUGHT[0], start) and closing >= 0
        says = closing + len(THOUGHT[1]) if thinks else start
        stop = start + len(self.text[start:end].removesuffix(END))
        written = Written(start, stop, says, len(called), 0)
        return answered(self.text, written, offered, Heard())


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout."""
    return "teacher_text" in value and any(at in value for _, _, at in FIELDS.values())


def read(value: dict[str, Any], boundary: Boundary) -> Exported:
    """The text of a row. Raises BadRow."""
    prompt, answer, metadata = (value.get(n) for n in ("prompt", "teacher_text", "metadata"))
    if not (isinstance(prompt, str) and isinstance(answer, str) and isinstance(metadata, dict)):
        raise BadRow("bad_messages", "prompt, teacher_text and metadata are not all there")
    text, cuts = prompt + answer, _numbers(metadata.get("cuts"))
    ends = [len(prompt), len(text)]
    if len(cuts) % 2 or cuts[-2:] != ends or any(b <= a for a, b in pairwise([0, *cuts])):
        raise BadRow("bad_messages", "metadata.cuts does not share the text out")
    if not boundary.keeps and tagged(text):
        raise BadRow("reasoning", "thoughts, which cannot be cut out without moving the positions")
    positions, standing = dict[str, list[int]](), dict[str, list[int]]()
    for decision, (ids, _, at) in FIELDS.items():
        positions[decision], standing[decision] = _numbers(value.get(at)), _numbers(value.get(ids))
        rising = all(a < b for a, b in pairwise([-1, *positions[decision]]))
        if not rising or len(positions[decision]) != len(standing[decision]):
            raise BadRow("bad_messages", f"{decision}: ids and positions do not belong together")
    named, kind = metadata.get("prompt_id"), metadata.get("prompt_kind")
    known = isinstance(named, str) and _ID.fullmatch(named)
    return Exported(
        text,
        cuts,
        str(named) if known else digest("kd_mix", prompt)[:32],
        kind if kind in KINDS_OF_PROMPTS else KINDS_OF_PROMPTS[0],
        positions,
        standing,
    )


def _numbers(value: Any) -> list[int]:
    """A list of whole numbers. Raises BadRow."""
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise BadRow("bad_messages", "cuts, ids or positions are not lists of whole numbers")
    return value


def _runs(positions: list[int]) -> list[Run]:
    """Positions that follow each other, as [start, end).

    >>> _runs([1, 2, 5])
    [(1, 3), (5, 6)]
    """
    found = list[Run]()
    for at in positions:
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _characters(kind: str, run: Run, encoded: Encoded) -> Span:
    """All characters of the tokens of a run."""
    return Span(kind, encoded.offsets[run[0]][0], encoded.offsets[run[1] - 1][1])


def _decided(span: Span) -> bool:
    return any(span.kind in kinds for kinds in DECISIONS.values())


def _decisions(spans: list[Span], alignment: Alignment) -> dict[str, list[int]]:
    """The tokens of each decision; of a token that several spans have, the last of KINDS has it."""
    kinds: dict[int, str] = {}
    for span in sorted(spans, key=lambda span: KINDS.index(span.kind)):
        at = alignment.of(span.start, span.end)
        kinds |= dict.fromkeys(range(at.start, at.end), span.kind) if at else {}
    return {
        decision: sorted(at for at, kind in kinds.items() if kind in of)
        for decision, of in DECISIONS.items()
    }
