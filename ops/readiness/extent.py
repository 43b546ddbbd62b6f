"""How long the examples are, how much of each kind and tool there is, and what was left out."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from ops.examples.join import Entry
from ops.readiness.check import Check
from ops.readiness.config import ReadinessConfig
from ops.spans.contract import CONTEXT_KINDS, KINDS

PERCENTILES = (5, 25, 50, 75, 95, 99, 100)
TOOLS_TOLD = 20


class Extent:
    """Counts examples as they come by."""

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._kinds: Counter[int] = Counter()
        self._tools: Counter[str] = Counter()

    def add(self, entry: Entry, row: dict[str, Any]) -> None:
        """One example: its text with spans, and its row of the shards."""
        self._lengths.append(len(row["input_ids"]))
        self._kinds.update(row["span_kind"])
        self._tools.update(span["content"] for span in entry.spans if span["kind"] == "tool_name")

    def figures(self) -> dict[str, Any]:
        """Tokens an example by percentile, in powers of two; tokens a kind; examples a tool."""
        percentiles = np.percentile(self._lengths or [0], PERCENTILES).astype(int).tolist()
        rooms = Counter(1 << max(0, length - 1).bit_length() for length in self._lengths)
        return {
            "tokens_by_percentile": dict(zip(map(str, PERCENTILES), percentiles, strict=True)),
            "examples_up_to_tokens": {str(room): rooms[room] for room in sorted(rooms)},
            "tokens_by_kind": {
                kind: self._kinds[index]
                for index, kind in enumerate(KINDS)
                if kind not in CONTEXT_KINDS
            },
            "tools": len(self._tools),
            "calls_by_tool": dict(self._tools.most_common(TOOLS_TOLD)),
            "calls_of_the_rarest_tool": min(self._tools.values(), default=0),
        }

    def checks(self, folders: list[Path], limits: ReadinessConfig) -> list[Check]:
        """Is there enough, and was not too much left out for want of room?"""
        kept = sum(_rows(folder / "texts.parquet") for folder in folders)
        left_out = sum(_too_long(folder / "skipped.parquet") for folder in folders)
        share = left_out / max(1, kept + left_out)
        told = f"{left_out} of {kept + left_out} answers have no room in the context"
        return [Check("room for the answers", share <= limits.most_too_long, told)]


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def _too_long(path: Path) -> int:
    reasons: list[str] = pq.read_table(path, columns=["reason"])["reason"].to_pylist()
    return reasons.count("too_long")
