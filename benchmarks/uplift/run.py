"""Walks the whole DAG once a seed, and reads what the repair changed on held-out prompts.

A seed is that of the first weights, of the order of the batches and of the adapter. Prompts and the
teacher's answers are the same for all. Nothing is computed here: the comparison is the pipeline's
own (ops/evaluation/compare.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lake import walked
from ops import tables
from ops.evaluation.contract import COMPARISON
from resources.lake import Artifact, Lake

SEEDED = (
    "student.seed",
    "kd.training.seed",
    "process.training.seed",
    "lora.training.seed",
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repaired:
    """One seed: rows of COMPARISON, figures of the stages, and the seconds of all assets."""

    seed: int
    comparison: list[Row]
    corrections: int
    forgotten: Row
    gate: str
    seconds: float

    def row(self, measure: str, mode: str) -> Row | None:
        """Of all held-out prompts; None where the measure could not be counted."""
        wanted = ("heldout", mode, measure, "all")
        named = ("split", "mode", "measure", "kind")
        rows = (row for row in self.comparison if tuple(row[key] for key in named) == wanted)
        return next(rows, None)


def run(
    work: Path, profile: str, seeds: Sequence[int], overrides: Mapping[str, str]
) -> list[Repaired]:
    """A walk a seed, each in a lake of its own; what is made already is found.

    Raises:
        PipelineError: a walk failed; the same call goes on from there.
    """
    return [_walk(work, profile, seed, overrides) for seed in seeds]


def _walk(work: Path, profile: str, seed: int, overrides: Mapping[str, str]) -> Repaired:
    seeded = {"lake.name": f"seed-{seed}", **dict.fromkeys(SEEDED, str(seed)), **overrides}
    lake = Lake(settings=walked(work, profile, seeded))
    after = lake.current("merged_evaluation")
    made = [link.resolve() for link in lake.base.glob("**/current")]
    compared = tables.read(after.path / "comparison.parquet", COMPARISON)
    return Repaired(
        seed=seed,
        comparison=tables.rows(compared),
        corrections=lake.current("lora_adapter").figures["corrections"],
        forgotten=after.figures["forgotten"],
        gate=after.figures["gate"],
        seconds=sum(Artifact.at(path).seconds for path in made),
    )
