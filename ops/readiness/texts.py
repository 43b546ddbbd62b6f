"""Are the texts the student's own, free of reasoning, and apart from what is held out?"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.digest import digest
from ops.examples.join import Entry
from ops.examples.scan import scan
from ops.prompts.contract import PROMPTS
from ops.readiness.check import Check, clean
from ops.reasoning.cut import tagged
from ops.spans.contract import KINDS, TEXTS
from ops.student.encode import pieces
from ops.student.render import render_prompt

RENDERED_AGAIN = 500


class Texts:
    """Checks examples as they come by."""

    def __init__(self, tokenizer: Any, fingerprint: str) -> None:
        """`fingerprint` is the student's."""
        self._tokenizer = tokenizer
        self._fingerprint = fingerprint
        self._counted_with: Counter[str] = Counter()
        self._thoughts: list[str] = []
        self._contexts: dict[str, str] = {}
        self._asked: dict[str, str] = {}

    def add(self, entry: Entry, row: dict[str, Any]) -> None:
        """One example: its text with spans, and its row of the shards."""
        text, name = entry.text, entry.text["prompt_id"]
        context, *rest = pieces(text["text"], text["cuts"])
        self._counted_with[text["tokenizer"]] += 1
        self._asked[digest(context)] = name
        licensed = KINDS.index("reasoning") in row["span_kind"]
        if not licensed and any(tagged(answer) for answer in rest[::2]):
            self._thoughts.append(name)
        if len(self._contexts) < RENDERED_AGAIN:
            self._contexts[name] = context

    def checks(self, mixes: Iterable[Path], folders: Iterable[Path]) -> list[Check]:
        """What was found; the mixes hold the prompts, `folders` the texts, of every split."""
        asked = [path / "prompts.parquet" for path in mixes]
        return [
            self._of_one_student(asked),
            clean("no reasoning", self._thoughts, "no answer holds a tag of reasoning"),
            self._apart(asked, folders),
        ]

    def _of_one_student(self, mixes: Iterable[Path]) -> Check:
        wrong = [
            f"{count} texts are of student {one[:12]}"
            for one, count in self._counted_with.items()
            if one != self._fingerprint
        ]
        rendered = dict[str, bool]()
        for mix in mixes:
            for row in scan(mix, PROMPTS, ["prompt_id", "messages", "tools"]):
                context = self._contexts.get(row["prompt_id"])
                if context is not None:
                    messages, tools = json.loads(row["messages"]), json.loads(row["tools"])
                    again = render_prompt(self._tokenizer, messages, tools)
                    rendered[row["prompt_id"]] = again == context
        wrong += [f"{name} is rendered otherwise" for name, same in rendered.items() if not same]
        return clean(
            "one tokenizer and template",
            wrong,
            f"{self._counted_with.total()} texts are of student {self._fingerprint[:12]}, "
            f"{len(rendered)} prompts rendered again are the same",
        )

    def _apart(self, mixes: Iterable[Path], folders: Iterable[Path]) -> Check:
        """Held-out prompts by id and by the text that the student reads."""
        kept_out = {
            row["prompt_id"]
            for mix in mixes
            for row in scan(mix, PROMPTS, ["prompt_id", "split"])
            if row["split"] == "heldout"
        }
        both = [name for name in self._asked.values() if name in kept_out]
        for folder in folders:
            for text in scan(folder / "texts.parquet", TEXTS, ["prompt_id", "text", "cuts"]):
                if text["prompt_id"] in kept_out:
                    asked = digest(text["text"][: text["cuts"][0]])
                    both += [self._asked[asked]] if asked in self._asked else []
        good = f"none of {len(kept_out)} held-out prompts is trained on"
        return clean("held out is held out", both, good)
