"""The road over two days whose prompts collide: learnt without a leak, pruned, and found again."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assets import daily
from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.evaluation.contract import EVALUATIONS
from ops.prompts.contract import PROMPTS, settled
from ops.shards.contract import SHARD
from pipeline.prune import by_reason, prune
from pipeline.run import walk
from resources.lake import Lake
from resources.settings import Settings
from resources.warehouse import Warehouse, ask

from .conftest import DAY, MICRO, Command

FIRST, NEXT = "2026-01-04", "2026-01-06"
GATHER = "group:gather"
BEFORE_SHIPPING = "not group:ship"
AFTER_SHARDS = "key:token_shards+ and not key:token_shards and not group:ship"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Days:
    """A lake with a day that was only gathered and one that was walked up to the gate."""

    def __init__(self, folder: Path, prompts: Path) -> None:
        self.overrides = {
            "lake.root": str(folder / "lake"),
            # More than the file holds: every row of it each day, and as many of the registry.
            "prompts.prompts": "320",
            "prompts.sources": json.dumps([{"path": str(prompts), "share": 0.5}]),
        }
        self.lake = Lake(settings=Settings(profile=MICRO, overrides=self.overrides))
        shares = {"prompts.splits": "{train: 0.8, repair: 0.1, heldout: 0.1}"}
        self.walk(FIRST, GATHER, **shares, **{"prompts.prompts": "960"})
        self.walk(DAY, BEFORE_SHIPPING)

    def walk(self, day: str, select: str, **more: str) -> str:
        told = io.StringIO()
        overrides = self.overrides | more
        outcome = walk(day, MICRO, overrides, select, Console(file=told, width=200))
        assert outcome.failed == "", outcome.message
        return told.getvalue()

    def mixes(self) -> list[Path]:
        mixes = self.lake.partitions("prompt_mix").values()
        return [mix.path / "prompts.parquet" for mix in mixes]

    def rows(self, asset: str, pattern: str, schema: Any) -> list[dict[str, Any]]:
        paths = sorted(self.lake.current(asset).path.glob(pattern))
        return [row for path in paths for row in tables.rows(tables.read(path, schema))]


@pytest.fixture(scope="module")
def days(
    prompt_rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Days]:
    """Each day has a mix of its own and the same imported prompts, which change their splits."""
    folder = tmp_path_factory.mktemp("days")
    home = folder / "home"
    home.mkdir()
    source = Path(__file__).parents[2] / "dagster_home" / "dagster.yaml"
    (home / "dagster.yaml").write_bytes(source.read_bytes())
    lines = [
        {"messages": json.loads(row["messages"]), "tools": json.loads(row["tools"])}
        for row in prompt_rows
        if row["kind"] in ("single", "choice")
    ]
    prompts = folder / "mine.jsonl"
    prompts.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        yield Days(folder, prompts)


def test_what_a_day_holds_out_no_day_teaches(days: Days) -> None:
    splits: dict[str, set[str]] = {"train": set(), "repair": set(), "heldout": set()}
    for path in days.mixes():
        for row in tables.rows(tables.read(path, PROMPTS)):
            splits[row["split"]].add(row["prompt_id"])
    assert len(splits["train"] & splits["heldout"]) > 5
    examples = days.rows("token_shards", "shard-*.parquet", SHARD)
    learnt = {row["prompt_id"] for row in examples if row["split"] == "train"}
    repair = {row["prompt_id"] for row in examples if row["split"] == "repair"}
    assert learnt
    assert learnt.isdisjoint(splits["repair"] | splits["heldout"])
    assert repair.isdisjoint(splits["heldout"])
    corrected = days.rows("critique_table", "critiques.parquet", CRITIQUES)
    assert {row["prompt_id"] for row in corrected} <= splits["repair"] - splits["heldout"]
    figures = days.lake.current("token_shards").figures
    assert figures["days"] == 2
    assert figures["in_a_stricter_split"] > 5


@pytest.mark.parametrize("asset", ["process_evaluation", "merged_evaluation"])
def test_both_evaluations_judge_by_the_strictest_split(days: Days, asset: str) -> None:
    strict = settled(days.mixes())
    judged = days.rows(asset, "evaluations.parquet", EVALUATIONS)
    assert {(row["prompt_id"], row["split"]) for row in judged} <= {
        (prompt, row["split"]) for prompt, row in strict.items() if row["split"] != "train"
    }
    taken = days.lake.current(asset).inputs
    assert {name for name in taken if "/" in name} == {
        f"{daily_asset}/{day}" for daily_asset in daily.ASSETS[:2] for day in (FIRST, DAY)
    }


def test_after_a_prune_everything_is_found_as_before(days: Days) -> None:
    days.walk(DAY, "key:token_shards", **{"shards.days": "1"})
    assert "as before" in days.walk(DAY, "key:token_shards")
    gone = by_reason(prune(days.lake).removed)
    assert {pair: len(found) for pair, found in gone.items()} == {("token_shards", "superseded"): 1}
    assert days.walk(DAY, BEFORE_SHIPPING).count("as before") == 16


def test_a_day_that_is_answered_later_changes_nothing_until_it_is_learnt(days: Days) -> None:
    days.walk(NEXT, GATHER)
    assert days.walk(DAY, AFTER_SHARDS).count("as before") == 10
    house = Warehouse(lake=days.lake)
    listed = ask(house.path, "select distinct day from responses order by 1")[1]
    assert listed == [(FIRST,), (DAY,)]
    told = days.walk(DAY, "key:token_shards")
    assert f"process_spans {NEXT}" in told
    assert list(daily.days_of(days.lake, days.lake.current("token_shards"))["prompt_mix"]) == [
        FIRST, DAY, NEXT,
    ]  # fmt: skip


def test_a_day_that_was_pruned_comes_back_from_the_journal(
    apprentice: Command, command: Command, tmp_path: Path
) -> None:
    overrides = {"lake.root": str(tmp_path / "lake"), "shards.days": "1"}
    lake = Lake(settings=Settings(profile=MICRO, overrides=overrides))
    for day in (DAY, NEXT):
        assert apprentice("--select", GATHER, "--day", day).returncode == 0
    first = lake.current("teacher_responses", DAY)
    assert first.figures["answered_now"] == 160
    given = (
        "--profile",
        MICRO,
        "--set",
        f"lake.root={tmp_path / 'lake'}",
        "--set",
        "shards.days=1",
    )
    assert command("pipeline.cli", "prune", *given, "--yes").returncode == 0
    assert list(lake.partitions("teacher_responses")) == [NEXT]
    assert apprentice("--select", GATHER, "--day", DAY).returncode == 0
    again = lake.current("teacher_responses", DAY)
    assert again.figures["answered_now"] == 0
    assert again.data_version == first.data_version
