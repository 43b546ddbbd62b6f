"""A lake with so many judged answers, published: several days, both phases, older versions too."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.warehouse.rows import Part, write
from resources.lake import Artifact, Lake
from resources.settings import Settings
from resources.warehouse.snapshot import Warehouse

DAYS = 10
TRIES = 4
"""Rows of evaluations that a prompt has: two modes, before and after the repair."""


@dataclass(frozen=True, slots=True)
class Size:
    """Judged answers of the current versions, and those of each older one."""

    evaluations: int
    older: int


def publish(root: Path, size: Size) -> Path:
    """Make the lake in `root` and its snapshot; the lake's folder."""
    lake = Lake(settings=Settings(profile="tiny", overrides={"lake.root": str(root)}))
    prompts = size.evaluations // TRIES
    days: dict[str, dict[str, Artifact]] = {"prompt_mix": {}, "teacher_responses": {}}
    for number in range(DAYS):
        day, count = f"2026-01-{number + 1:02d}", prompts // DAYS
        first = number * count
        days["prompt_mix"][day] = _put(
            lake, "prompt_mix", day, [Part("prompts", count, 1, first, number)]
        )
        answers = [
            Part("responses", count - count // 10, 1, first, number),
            Part("refused", count // 10, 1, first + count - count // 10, number),
        ]
        days["teacher_responses"][day] = _put(lake, "teacher_responses", day, answers)
    for asset in ("process_evaluation", "merged_evaluation"):
        _put(lake, asset, None, [Part("evaluations", size.older, 2, 0, 7)])
        _put(lake, asset, None, [Part("evaluations", size.evaluations // 2, 2, 0, len(asset))])
    failed = size.evaluations // 4
    found = [Part("failures", failed, 2, 0, 3), Part("clusters", failed, 2, 0, 3)]
    _put(lake, "failure_table", None, found)
    _put(lake, "critique_table", None, [Part("critiques", failed // 100, 1, 0, 5)])
    house = Warehouse(lake=lake)
    house.publish(days)
    return lake.base


def _put(lake: Lake, asset: str, day: str | None, parts: list[Part]) -> Artifact:
    key = f"{parts[0].rows:016x}{parts[0].seed:048x}"
    draft = lake.draft(asset, day, key)
    for part in parts:
        write(part, draft / f"{part.table}.parquet")
    return lake.publish(draft, key, {"figures": {}, "seconds": 0.0})
