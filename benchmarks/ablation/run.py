"""Trains every variant with every seed on the same shards, and judges each on held-out prompts.

A seed is that of the first weights and of the order of the batches. Stage by stage over all of
them, so that two always run beside each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import compute

from benchmarks.ablation.variants import PROCESS_SHARE, Variant
from benchmarks.lake import Data
from benchmarks.stages import Done, Spec, Stages
from ops import tables
from ops.evaluation.contract import EVALUATIONS
from ops.evaluation.summary import summarise
from ops.prompts.contract import PROMPTS
from resources.profile import Profile

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is compared: variants, seeds, passes of kd over the data, prompts that judge."""

    variants: Sequence[Variant]
    seeds: Sequence[int]
    epochs: float
    evaluate: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant with one seed; `profile` holds all its settings."""

    variant: Variant
    seed: int
    profile: Profile


def run(data: Data, wanted: Wanted, stages: Stages) -> list[Line]:
    """A line a cell: variant, seed, steps, seconds, and the rates free and constrained."""
    cells = [
        Cell(variant, seed, data.profile(settings(variant, seed, wanted.epochs)))
        for seed in wanted.seeds
        for variant in wanted.variants
    ]
    bases = stages.all("ops.student", [_base(data, cell) for cell in cells])
    kd = stages.all(
        "ops.kd",
        [
            _training(base, data, cell.profile.kd.model_dump(mode="json"))
            for base, cell in zip(bases, cells, strict=True)
        ],
    )
    trained = _supervised(data, cells, kd, stages)
    heldout = judges(data, stages.work)
    judged = stages.all(
        "ops.evaluation",
        [_evaluation(done[-1], heldout, data, wanted.evaluate) for done in trained],
    )
    return [
        _line(cell, done, verdict)
        for cell, done, verdict in zip(cells, trained, judged, strict=True)
    ]


def settings(variant: Variant, seed: int, epochs: float) -> dict[str, str]:
    """Those of the variant, this seed, and the lengths of the stages in passes."""
    kd = epochs * (1 + PROCESS_SHARE) if variant.longer else epochs
    lengths = {"kd.training.epochs": kd, "process.training.epochs": epochs * PROCESS_SHARE}
    seeds = dict.fromkeys(("kd.training.seed", "process.training.seed"), seed)
    given = {key: str(value) for key, value in {**lengths, **seeds}.items()}
    return {**given, **variant.settings}


def judges(data: Data, work: Path) -> Path:
    """A table of the held-out prompts alone: those of the other splits would be answered too."""
    path = work / f"heldout-{data.mix.name}.parquet"
    if not path.exists():
        prompts = tables.read(data.prompts, PROMPTS)
        tables.write(prompts.filter(compute.equal(prompts["split"], "heldout")), path)
    return path


def _supervised(
    data: Data, cells: Sequence[Cell], kd: Sequence[Done], stages: Stages
) -> list[list[Done]]:
    """The stages of each cell in their order; a cell without process supervision has kd alone."""
    both = [at for at, cell in enumerate(cells) if cell.variant.process]
    specs = [
        _training(kd[at], data, cells[at].profile.process.model_dump(mode="json")) for at in both
    ]
    second = dict(zip(both, stages.all("ops.process", specs), strict=True))
    return [[done, second[at]] if at in second else [done] for at, done in enumerate(kd)]


def _base(data: Data, cell: Cell) -> Spec:
    """A student of this seed, with the tokenizer that the shards were made with."""
    config = data.profile().student.model_copy(
        update={"seed": cell.seed, "tokenizer": str(data.student)}
    )
    return {"prompts": [], "config": config.model_dump(mode="json")}


def _training(before: Done, data: Data, config: Spec) -> Spec:
    return {"student": str(before.path / "student"), "shards": str(data.shards), "config": config}


def _evaluation(trained: Done, heldout: Path, data: Data, most: int) -> Spec:
    config = data.profile().evaluation.model_copy(update={"prompts": most})
    return {
        "student": str(trained.path / "student"),
        "prompts": [str(heldout)],
        "responses": [str(data.responses / "responses.parquet")],
        "config": config.model_dump(mode="json"),
    }


def _line(cell: Cell, trained: Sequence[Done], judged: Done) -> Line:
    rates = summarise(tables.read(judged.path / "evaluations.parquet", EVALUATIONS), "heldout")
    return {
        "variant": cell.variant.name,
        "seed": cell.seed,
        "steps": sum(done.figures["steps"] for done in trained),
        "seconds": sum(done.seconds for done in (*trained, judged)),
        **rates,
    }
