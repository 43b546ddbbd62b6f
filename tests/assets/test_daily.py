"""Which days count, and that what comes after the shards reads the same ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets import daily
from ops import tables
from ops.errors import ContractError
from ops.prompts.contract import PROMPTS
from ops.shards.contract import SHARD
from resources.lake import Artifact, Lake

from .conftest import DAY, Materialize, done

DAYS = [DAY, "2026-01-06", "2026-01-07"]
UP_TO_SHARDS = (*daily.ASSETS, "student_base", "token_shards")
Make = Callable[..., Artifact]


def answer(lake: Lake, make: Make, day: str, text: str = "") -> None:
    """A day's prompts, answers and spans."""
    mix = make(lake, "prompt_mix", day, {"day": day}, text)
    answers = make(lake, "teacher_responses", day, {"prompt_mix": mix})
    make(lake, "process_spans", day, {"prompt_mix": mix, "teacher_responses": answers})


def train(lake: Lake, make: Make) -> daily.Window:
    """Shards of every answered day, and what comes after them; returns the days."""
    days = daily.window(lake, 0)
    days["process_spans"] = {day: lake.current("process_spans", day) for day in days["prompt_mix"]}
    shards = make(lake, "token_shards", None, daily.inputs(days))
    student = make(lake, "process_checkpoint", None, {"kd_checkpoint": "k", "token_shards": shards})
    judged = make(lake, "process_evaluation", None, {"process_checkpoint": student})
    make(lake, "failure_table", None, {"process_evaluation": judged})
    make(lake, "merged_model", None, {"process_checkpoint": student, "lora_adapter": "l"})
    return days


def test_a_window_is_the_newest_answered_days(micro_lake: Lake, make: Make) -> None:
    for day in DAYS[::-1]:
        answer(micro_lake, make, day)
    make(micro_lake, "prompt_mix", "2026-01-08", {"day": "2026-01-08"})  # planned only
    for most, expected in ((0, DAYS), (1, DAYS[2:]), (2, DAYS[1:]), (9, DAYS)):
        found = daily.window(micro_lake, most)
        assert [list(listed) for listed in found.values()] == [expected, expected]
    assert found["prompt_mix"] == {day: micro_lake.current("prompt_mix", day) for day in DAYS}


def test_without_an_answered_day_there_is_no_window(micro_lake: Lake, make: Make) -> None:
    make(micro_lake, "prompt_mix", DAY, {"day": DAY})
    with pytest.raises(ContractError, match="teacher_responses has not been materialized"):
        daily.window(micro_lake, 0)


def test_a_day_that_was_planned_anew_counts_as_it_was_answered(
    micro_lake: Lake, make: Make
) -> None:
    answer(micro_lake, make, DAY)
    answered = micro_lake.current("prompt_mix", DAY)
    make(micro_lake, "prompt_mix", DAY, {"day": DAY}, "anew")
    assert micro_lake.current("prompt_mix", DAY) != answered
    assert daily.window(micro_lake, 0)["prompt_mix"] == {DAY: answered}


@pytest.mark.parametrize("asset", ["token_shards", "process_evaluation", "failure_table"])
def test_after_the_shards_the_days_are_those_of_the_shards(
    micro_lake: Lake, make: Make, asset: str
) -> None:
    for day in DAYS[:2]:
        answer(micro_lake, make, day)
    days = train(micro_lake, make)
    answer(micro_lake, make, DAYS[2])
    answer(micro_lake, make, DAYS[0], "answered again")
    assert daily.days_of(micro_lake, micro_lake.current(asset)) == days
    assert daily.days_of(micro_lake, micro_lake.current("merged_model")) == days
    assert set(days) == set(daily.ASSETS)
    assert days["prompt_mix"][DAY] != micro_lake.current("prompt_mix", DAY)


def test_a_student_of_other_shards_than_the_current_keeps_its_days(
    micro_lake: Lake, make: Make
) -> None:
    answer(micro_lake, make, DAY)
    days = train(micro_lake, make)
    student = micro_lake.current("process_checkpoint")
    answer(micro_lake, make, DAYS[1])
    train(micro_lake, make)
    assert daily.days_of(micro_lake, student) == days


def test_days_that_are_gone_or_were_never_told_are_named(micro_lake: Lake, make: Make) -> None:
    answer(micro_lake, make, DAY)
    days = train(micro_lake, make)
    failures = micro_lake.current("failure_table")
    shutil.rmtree(days["prompt_mix"][DAY].path)
    with pytest.raises(ContractError, match=r"prompt_mix \w{12} is no longer in"):
        daily.days_of(micro_lake, failures)
    old = make(micro_lake, "token_shards", None, {"student_base": "s"})
    with pytest.raises(ContractError, match="does not say which days it was made of"):
        daily.days_of(micro_lake, old)


def recorded(result: dg.ExecuteInProcessResult, asset: str) -> dict[str | None, str]:
    """Day → data version of what the run materialized of an asset."""
    events = [event for event in result.all_events if event.is_step_materialization]
    made = [event.step_materialization_data.materialization for event in events]
    return {
        one.partition: (one.tags or {})["dagster/data_version"]
        for one in made
        if one.asset_key == dg.AssetKey(asset)
    }


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_answered_days_without_spans_get_them_before_the_shards_are_made(
    materialize: Materialize,
    micro_lake: Lake,
    overrides: dict[str, str],
    instance: dg.DagsterInstance,
) -> None:
    for day in DAYS[:2]:
        assert done(materialize("prompt_mix", "teacher_responses", day=day))
    result = materialize("student_base", "process_spans", "token_shards", day=DAYS[1])
    assert done(result)
    spans = micro_lake.partitions("process_spans")
    assert list(spans) == DAYS[:2]
    assert recorded(result, "process_spans") == {d: one.data_version for d, one in spans.items()}
    key = dg.AssetKey("process_spans")
    assert instance.get_materialized_partitions(key) == set(DAYS[:2])
    first = micro_lake.current("token_shards")
    assert first.figures["days"] == 2
    assert daily.days_of(micro_lake, first)["process_spans"] == spans

    again = materialize("token_shards", day=DAYS[1])
    assert done(again)
    assert recorded(again, "process_spans") == {}
    assert recorded(again, "token_shards") == {None: first.data_version}

    overrides["shards.days"] = "1"
    assert done(materialize("token_shards", day=DAYS[1]))
    newest = micro_lake.current("token_shards")
    assert list(daily.days_of(micro_lake, newest)["prompt_mix"]) == [DAYS[1]]
    assert newest.figures["train"] < first.figures["train"]
    overrides["shards.days"] = "2"
    found = materialize("token_shards", day=DAYS[1])
    (made,) = found.asset_materializations_for_node("token_shards")
    assert made.metadata["reused"].value is True


@pytest.fixture
def prompts_file(prompt_rows: list[dict[str, Any]], tmp_path: Path) -> Path:
    """60 prompts as a user would bring them: the same every day."""
    path = tmp_path / "mine.jsonl"
    rows = [
        {"messages": json.loads(row["messages"]), "tools": json.loads(row["tools"])}
        for row in prompt_rows
        if row["kind"] in ("single", "choice")
    ]
    path.write_text("\n".join(map(json.dumps, rows[:60])) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_days_that_collide_are_learnt_from_without_a_leak(
    materialize: Materialize, micro_lake: Lake, overrides: dict[str, str], prompts_file: Path
) -> None:
    sources = json.dumps([{"path": str(prompts_file)}])
    overrides |= {"prompts.prompts": "null", "prompts.sources": sources}
    overrides |= {"teacher.minimum_answered": "0"}
    shares = ["{train: 0.8, repair: 0.1, heldout: 0.1}", "{train: 0.4, repair: 0.3, heldout: 0.3}"]
    for day, split in zip(DAYS, shares, strict=False):
        overrides["prompts.splits"] = split
        assert done(materialize("prompt_mix", "teacher_responses", day=day))
    assert done(materialize(*UP_TO_SHARDS[2:], day=DAYS[1]))

    by_split: dict[str, set[str]] = {"train": set(), "repair": set(), "heldout": set()}
    for mix in micro_lake.partitions("prompt_mix").values():
        for row in tables.rows(tables.read(mix.path / "prompts.parquet", PROMPTS)):
            by_split[row["split"]].add(row["prompt_id"])
    assert by_split["train"] & by_split["heldout"]
    shards = micro_lake.current("token_shards")
    rows = [
        row
        for path in shards.path.glob("shard-*.parquet")
        for row in tables.rows(tables.read(path, SHARD))
    ]
    learnt = {row["prompt_id"] for row in rows if row["split"] == "train"}
    repair = {row["prompt_id"] for row in rows if row["split"] == "repair"}
    assert learnt
    assert learnt.isdisjoint(by_split["heldout"] | by_split["repair"])
    assert repair.isdisjoint(by_split["heldout"])
    assert repair <= by_split["repair"]
    assert shards.figures["in_a_stricter_split"] >= len(by_split["train"] & by_split["heldout"]) > 0
