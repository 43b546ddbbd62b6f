"""Does every mask say what it claims? Token by token, over all examples.

For each decision in the text: the tokens that training will weight for it decode to its words, and
no token is weighted for a decision that is not there. Earlier systems searched for the positions
while they trained, and supervised others (their own count found tool names in 0.9 % of the rows).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ops.examples.join import Entry
from ops.readiness.check import Check, clean
from ops.spans.contract import DECISIONS, KINDS

_DECISION = {kind: name for name, kinds in DECISIONS.items() for kind in kinds}


class Masks:
    """Checks examples as they come by."""

    def __init__(self, tokenizer: Any, process_supervision: bool) -> None:
        """Without process supervision nothing may be weighted for a decision."""
        self._tokenizer = tokenizer
        self._on = process_supervision
        self._decisions = 0
        self._wrong: list[str] = []

    def add(self, entry: Entry, row: dict[str, Any]) -> None:
        """One example: its text with spans, and its row of the shards."""
        name = entry.text["prompt_id"]
        weighted = set(_weighted(row["span_kind"]))
        claimed = [span for span in entry.spans if span["kind"] in _DECISION] if self._on else []
        for span in claimed:
            self._decisions += 1
            at = range(span["token_start"], span["token_end"])
            ids = [row["input_ids"][index] for index in at if index < len(row["input_ids"])]
            decoded = self._tokenizer.decode(ids)
            if span["content"] not in decoded:
                self._wrong.append(f"{name} {span['kind']}: tokens say {decoded[:60]!r}")
            elif not weighted >= set(at):
                self._wrong.append(f"{name} {span['kind']}: a token of it is not weighted")
        claims = {at for span in claimed for at in range(span["token_start"], span["token_end"])}
        if weighted - claims:
            self._wrong.append(f"{name}: token {min(weighted - claims)} is weighted for nothing")

    def checks(self) -> list[Check]:
        """What was found."""
        good = f"{self._decisions} decisions decode to their words"
        return [clean("masks say their text", self._wrong, good if self._on else "off: no masks")]


def _weighted(span_kind: Iterable[int]) -> Iterator[int]:
    return (at for at, kind in enumerate(span_kind) if KINDS[kind] in _DECISION)
