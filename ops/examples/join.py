"""Prompts, texts and spans of several days, prompt by prompt: a merge of files that are in order.

What is in memory does not grow with the number of prompts: a thousand rows of each file.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from ops.examples.scan import scan
from ops.prompts.contract import PROMPTS, SPLITS
from ops.spans.contract import SPANS, TEXTS

TRAINED = ("train", "repair")
_PROMPT = ["prompt_id", "split"]
_UNREAD = ("tokens", "answer_tokens")
_TEXT = [name for name in TEXTS.names if name not in _UNREAD]
SPANS_OF_TOKENS = ["prompt_id", "kind", "token_start", "token_end"]
SPANS_WITH_CONTENT = [*SPANS_OF_TOKENS, "content"]
_prompt_id = itemgetter("prompt_id")


class Entry(NamedTuple):
    """An answered prompt: its row of TEXTS and rows of SPANS, the columns shards are made of."""

    text: dict[str, Any]
    spans: list[dict[str, Any]]


class Joined:
    """The prompts of train and repair, each once, in order of their ids.

    A prompt that stands in several days is taken from the last of those where it is in its
    strictest split (ops.prompts.contract.SPLITS); `looser` counts what is left out.
    """

    def __init__(
        self,
        mixes: Sequence[Path],
        spans: Sequence[Path],
        columns: Sequence[str] = SPANS_OF_TOKENS,
    ) -> None:
        """Folders of prompts.parquet, and of texts.parquet with spans.parquet; oldest first."""
        self._mixes, self._spans, self._columns = mixes, spans, list(columns)
        self.looser = 0

    def __iter__(self) -> Iterator[Entry]:
        self.looser = 0
        prompts = (scan(path / "prompts.parquet", PROMPTS, _PROMPT) for path in self._mixes)
        planned = ((row["prompt_id"], row, None) for row in merge(*prompts, key=_prompt_id))
        read = (_entries(folder, self._columns) for folder in self._spans)
        answered = merge(*read, key=itemgetter(0))
        for _, same in groupby(merge(planned, answered, key=itemgetter(0)), key=itemgetter(0)):
            listed = list(same)
            strictest = max((row["split"] for _, row, _ in listed), key=SPLITS.index)
            entries = [Entry(row, spans) for _, row, spans in listed if spans is not None]
            kept = [entry for entry in entries if entry.text["split"] == strictest]
            self.looser += len(entries) - len(kept)
            if kept and strictest in TRAINED:
                yield kept[-1]


_Row = tuple[str, dict[str, Any], list[dict[str, Any]]]


def _entries(folder: Path, columns: list[str]) -> Iterator[_Row]:
    spans = groupby(scan(folder / "spans.parquet", SPANS, columns), key=_prompt_id)
    of, found = next(spans, ("", iter(())))
    for text in scan(folder / "texts.parquet", TEXTS, _TEXT):
        prompt_id = text["prompt_id"]
        while of and of < prompt_id:
            of, found = next(spans, ("", iter(())))
        yield prompt_id, text, list(found) if of == prompt_id else []
