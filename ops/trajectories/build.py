"""Files of recorded conversations → training texts and the spans in them, as tables.

A row that gives no text is a row with a reason. Texts are in the order of their prompts' ids; of
several with one last prompt the first counts, by file and line.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from ops import progress
from ops.prompts.files.folder import files
from ops.prompts.files.read import read_rows
from ops.prompts.files.row import Row
from ops.prompts.kind import kind_of
from ops.prompts.layouts.prompt import BadRow
from ops.prompts.row import prompt_id
from ops.spans.example import TooLong, example
from ops.spans.supervision import Supervised, Supervision
from ops.trajectories.boundary import Boundary
from ops.trajectories.heldout import Mixes, conversation_keys
from ops.trajectories.layouts.exported import Exported
from ops.trajectories.layouts.published import HEADER
from ops.trajectories.layouts.read import read
from ops.trajectories.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder, the name it goes by, and its licence, empty if there is none."""

    path: Path
    name: str
    licence: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides on a trajectory beside its words.

    Attributes:
        boundary: the profile's policy about reasoning.
        mixes: the prompts that other days hold out.
        split_of: the split of a prompt id by itself.
        long_characters: from where a prompt is long_context.
    """

    boundary: Boundary
    mixes: Mixes
    split_of: Callable[[str], str]
    long_characters: int


def build(sources: Sequence[Source], rules: Rules, tokenizer: Any, made: Supervised) -> Supervision:
    """The tables of all sources; `made` is empty, and made for the tokenizer.

    Raises:
        InputError: a source is missing, or a folder without files.
    """
    walk = _Walk(rules, tokenizer, made)
    for source in sorted(sources, key=lambda source: source.name):
        for file in files(source.path, "trajectory source"):
            inside = file.name if file == source.path else f"{source.name}/{file.name}"
            for row in read_rows(file):
                walk.take(row, {"source": inside, "licence": source.licence, "request_key": ""})
            progress.report("trajectories", walk.rows, walk.rows)
    supervision = made.tables()
    counted = {"rows": walk.rows, "by_layout": dict(sorted(walk.layouts.items()))}
    splits = Counter(supervision.texts["split"].to_pylist())
    counted |= {"answers": walk.answers, "answers_as_context": walk.untaught}
    counted |= {"by_split": dict(sorted(splits.items()))}
    return Supervision(
        supervision.texts.sort_by("prompt_id"),
        supervision.spans.sort_by("prompt_id"),
        supervision.skipped,
        supervision.figures | counted,
    )


class _Walk:
    """Row by row; and what was found on the way."""

    def __init__(self, rules: Rules, tokenizer: Any, made: Supervised) -> None:
        self._rules, self._tokenizer, self._made = rules, tokenizer, made
        self._seen: set[str] = set()
        self.rows = self.answers = self.untaught = 0
        self.layouts: Counter[str] = Counter()

    def take(self, row: Row, origin: dict[str, Any]) -> None:
        """One row of a file."""
        known = origin | {"line": row.number}
        if row.value is not None and HEADER in row.value:
            return
        self.rows += 1
        if row.value is None:
            self._made.skip(known, row.reason, row.detail)
            return
        try:
            found = read(row.value, self._rules.boundary)
            if isinstance(found, Exported):
                self._exported(found, known)
            else:
                self._trajectory(found, known)
        except BadRow as error:
            self._made.skip(known, error.reason, error.detail)
        except TooLong as error:
            self._made.skip(known, "too_long", str(error))
        except TemplateError as error:
            self._made.skip(known, "template", " ".join(str(error).split()))

    def _trajectory(self, found: Trajectory, known: dict[str, Any]) -> None:
        calls = found.answers[max(found.answers)].calls
        named, keys = prompt_id(found.prompt, found.tools), conversation_keys(found.messages)
        mine = self._rules.split_of(named)
        split = self._rules.mixes.strictest(mine, named, [keys[at] for at in found.answers])
        long = self._rules.long_characters
        kind = kind_of(found.prompt, found.tools, [{}] * len(calls), long)
        known |= {"prompt_id": named, "split": split, "prompt_kind": kind}
        known |= {"tools": json.dumps(found.tools, ensure_ascii=False)}
        self._once(known)
        room = self._made.context
        whole = example(self._tokenizer, found.messages, found.tools, found.answers, room)
        if self._made.add(whole, known):
            self._count(found.layout, named, len(whole.answers))
            self.untaught += found.said - len(whole.answers)

    def _exported(self, found: Exported, known: dict[str, Any]) -> None:
        named = found.prompt_id
        split = self._rules.mixes.strictest(self._rules.split_of(named), named)
        known |= {"prompt_id": named, "split": split, "prompt_kind": found.prompt_kind}
        known |= {"tools": ""}
        self._once(known)
        if self._made.place(found.text, found.cuts, found.spans, known):
            self._count("kd_mix with positions", named, len(found.cuts) // 2)

    def _once(self, known: dict[str, Any]) -> None:
        if known["prompt_id"] in self._seen:
            raise BadRow("duplicate", "the last prompt of a trajectory before it")

    def _count(self, layout: str, named: str, answers: int) -> None:
        self._seen.add(named)
        self.layouts[layout] += 1
        self.answers += answers
