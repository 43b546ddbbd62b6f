"""Wrong answers beside the right ones of the examples, from the table of negatives.

A pair is of an example if its prompt and its right answer are the example, token by token: the
wrong answer is then a branch from where the two part. Not here: how a wrong answer is made
(ops/negatives), what is made of the pair (contrast.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import tables
from ops.negatives.contract import NEGATIVES

_READ = (
    "prompt_id",
    "prompt_ids",
    "positive_ids",
    "negative_ids",
    "positive_from",
    "positive_to",
    "negative_to",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens [start, end) of the example, and what a wrong answer has in their stead."""

    start: int
    end: int
    wrong: list[int]


class Negatives:
    """The table, by prompt; in memory it stays an Arrow table."""

    def __init__(self, path: Path) -> None:
        """Raises ContractError if the file is missing, damaged or of another form."""
        self._table = tables.read(path, NEGATIVES).select(_READ)
        self._rows = dict[str, list[int]]()
        for row, prompt_id in enumerate(self._table["prompt_id"].to_pylist()):
            self._rows.setdefault(prompt_id, []).append(row)

    def pairs(self, example: dict[str, Any]) -> list[Pair]:
        """Those of an example, in the order of the table; only the tokens in which they differ."""
        found = []
        for at in self._rows.get(example["prompt_id"], ()):
            (row,) = tables.rows(self._table.slice(at, 1))
            if example["input_ids"] != [*row["prompt_ids"], *row["positive_ids"]]:
                continue
            first, start = len(row["prompt_ids"]), row["positive_from"]
            wrong = row["negative_ids"][start : row["negative_to"]]
            found.append(Pair(first + start, first + row["positive_to"], wrong))
        return found
