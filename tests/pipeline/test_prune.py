"""What nothing newer came from goes, what something came from stays, wherever pruning stops."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from assets import daily
from ops.errors import ContractError
from pipeline.prune import DRAFT_AGE_S, Pruned, by_reason, prune, waste
from resources.lake import Artifact, Lake
from resources.settings import Settings
from resources.shelf import shelves

from .conftest import Command

DAYS = [f"2026-01-0{number}" for number in range(1, 6)]
KEY = "a" * 64
Make = Callable[..., Artifact]
KilledAt = Callable[[int], AbstractContextManager[list[int]]]


def lake_of(root: Path, days: int) -> Lake:
    overrides = {"lake.root": str(root), "shards.days": str(days)}
    return Lake(settings=Settings(profile="tiny", overrides=overrides))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose shards read the two newest days, with what was paid for in its journal."""
    made = lake_of(tmp_path / "lake", 2)
    journal = made.base / "journal" / "answers.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text("paid for\n", encoding="utf-8")
    return made


def answer(lake: Lake, make: Make, *days: str, text: str = "") -> None:
    """Prompts, answers and spans of days."""
    for day in days:
        mix = make(lake, "prompt_mix", day, {"day": day}, text)
        answers = make(lake, "teacher_responses", day, {"prompt_mix": mix})
        make(lake, "process_spans", day, {"prompt_mix": mix, "teacher_responses": answers})


def train(lake: Lake, make: Make, most: int = 2) -> Artifact:
    """Shards of the window and a student of them, judged."""
    days = daily.window(lake, most)
    days["process_spans"] = {day: lake.current("process_spans", day) for day in days["prompt_mix"]}
    shards = make(lake, "token_shards", None, daily.inputs(days))
    student = make(lake, "process_checkpoint", None, {"token_shards": shards})
    return make(lake, "process_evaluation", None, {"process_checkpoint": student})


def told(pruned: Pruned) -> dict[str, int]:
    """How much went of what, and why."""
    found = by_reason(pruned.removed)
    return {f"{asset} {why}": len(listed) for (asset, why), listed in found.items()}


def snapshot(lake: Lake) -> dict[str, Any]:
    return {
        str(path.relative_to(lake.base)): path.readlink() if path.is_symlink() else path.is_dir()
        for path in lake.base.rglob("*")
    }


def age(path: Path, seconds: float) -> None:
    at = time.time() - seconds
    for part in (*path.rglob("*"), path):
        os.utime(part, (at, at))


def test_where_everything_is_needed_nothing_goes(lake: Lake, make: Make) -> None:
    answer(lake, make, *DAYS[:2])
    train(lake, make)
    before = snapshot(lake)
    assert waste(lake) == []
    assert prune(lake).removed == []
    assert snapshot(lake) == before


def test_a_lake_that_is_not_there_has_nothing_to_remove(tmp_path: Path) -> None:
    assert prune(lake_of(tmp_path / "nowhere", 2)).removed == []


def test_old_days_go_as_a_whole_once_the_student_is_of_newer_ones(lake: Lake, make: Make) -> None:
    answer(lake, make, *DAYS[:2])
    train(lake, make)
    answer(lake, make, *DAYS[2:4])
    assert waste(lake) == []  # the student came from them
    judged = train(lake, make)
    make(lake, "prompt_mix", DAYS[4], {"day": DAYS[4]})  # planned only, and newer
    done = prune(lake)
    assert told(done) == {
        "process_checkpoint superseded": 1,
        "process_evaluation superseded": 1,
        "token_shards superseded": 1,
        **{f"{asset} before {DAYS[2]}": 2 for asset in daily.ASSETS},
    }
    assert all(one.bytes > 0 for one in done.removed)
    for asset in daily.ASSETS:
        last = 5 if asset == "prompt_mix" else 4
        assert sorted(path.name for path in lake.folder(asset).iterdir()) == DAYS[2:last]
    assert list(daily.days_of(lake, judged)["prompt_mix"]) == DAYS[2:4]
    assert (lake.base / "journal" / "answers.jsonl").read_text(encoding="utf-8") == "paid for\n"
    assert waste(lake) == []


def test_without_a_window_or_with_few_days_none_is_old(tmp_path: Path, make: Make) -> None:
    for most in (0, 4):
        lake = lake_of(tmp_path / str(most), most)
        answer(lake, make, *DAYS[1:4])
        make(lake, "prompt_mix", DAYS[0], {"day": DAYS[0]})
        assert waste(lake) == []
    answer(lake, make, DAYS[4])
    # Nothing was trained: what is before a full window is nobody's.
    assert [(one.asset, one.day) for one in waste(lake)] == [("prompt_mix", DAYS[0])]


def test_what_a_needed_artifact_came_from_stays_wherever_the_links_point(
    lake: Lake, make: Make
) -> None:
    answer(lake, make, *DAYS[:2])
    judged = train(lake, make)
    merged = make(lake, "merged_model", None, {"process_checkpoint": lake.version(
        "process_checkpoint", None, judged.inputs["process_checkpoint"])})  # fmt: skip
    of_then = daily.days_of(lake, merged)
    make(lake, "prompt_mix", DAYS[0], {"day": DAYS[0]}, "planned anew")
    answer(lake, make, DAYS[1], text="answered anew")
    answer(lake, make, *DAYS[2:4])
    train(lake, make)
    done = prune(lake)
    # Of the first day only the plan that nobody asked is spare; the second was answered anew.
    assert told(done) == {
        "process_evaluation superseded": 1,
        "prompt_mix superseded": 2,
        "teacher_responses superseded": 1,
        "process_spans superseded": 1,
    }
    assert daily.days_of(lake, merged) == of_then
    assert waste(lake) == []


def test_the_same_content_is_kept_once(lake: Lake) -> None:
    for key in ("a" * 64, "b" * 64):
        draft = lake.draft("thing", None, key)
        (draft / "data").write_text("same", encoding="utf-8")
        lake.publish(draft, key, {"figures": {}, "seconds": 0.0})
        draft = lake.draft("other", None, key)
        (draft / "data").write_text(key, encoding="utf-8")
        of = {"thing": lake.current("thing").data_version}
        lake.publish(draft, key, {"figures": {}, "seconds": 0.0, "inputs": of})
    assert told(prune(lake)) == {"other superseded": 1, "thing superseded": 1}
    assert lake.current("thing").key == "b" * 64


def test_a_draft_goes_when_it_is_older_than_a_day(lake: Lake, make: Make) -> None:
    make(lake, "thing", None, {})
    drafts = [lake.draft("thing", None, letter * 64) for letter in "ab"]
    drafts += [lake.draft("daily", DAYS[0], KEY)]
    for draft in drafts:
        (draft / "state").write_text("hours of work", encoding="utf-8")
        (draft.with_name(draft.name + ".spec.json")).write_text("{}", encoding="utf-8")
    for draft in drafts[1:]:
        age(draft, DRAFT_AGE_S + 60)
        age(draft.with_name(draft.name + ".spec.json"), DRAFT_AGE_S + 60)
    os.utime(drafts[2] / "state")  # gone on with a moment ago
    assert told(prune(lake)) == {
        "daily draft of a stopped run": 1,
        "thing draft of a stopped run": 2,
    }
    assert [draft.exists() for draft in drafts] == [True, False, True]


def test_what_is_being_built_is_left_alone(lake: Lake, make: Make) -> None:
    answer(lake, make, *DAYS[:4])
    train(lake, make)
    before = snapshot(lake)
    with (
        lake.building("token_shards", None),
        pytest.raises(ContractError, match="token_shards is being built by another run"),
    ):
        prune(lake)
    assert snapshot(lake) == before
    with lake.building("teacher_responses", DAYS[0]):
        done = prune(lake)
    assert {one.day for one in done.removed} == {DAYS[1]}
    assert len(done.busy) == 1
    assert f"teacher_responses is being built by another run in {lake.base}" in done.busy[0]
    assert {one.day for one in prune(lake).removed} == {DAYS[0]}


def test_files_of_others_stay(lake: Lake, make: Make) -> None:
    answer(lake, make, *DAYS[:4])
    train(lake, make)
    notes = lake.folder("prompt_mix", DAYS[0]) / "notes.txt"
    others = lake.base / "mine" / DAYS[0] / "thesis.txt"
    for path in (notes, others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", encoding="utf-8")
    prune(lake)
    assert list(notes.parent.iterdir()) == [notes]
    assert others.exists()
    assert not lake.folder("prompt_mix", DAYS[1]).exists()
    assert waste(lake) == []


def test_a_broken_manifest_that_is_needed_stops_before_anything_goes(
    lake: Lake, make: Make
) -> None:
    answer(lake, make, *DAYS[:4])
    train(lake, make)
    make(lake, "prompt_mix", DAYS[3], {"day": DAYS[3]}, "superseded")
    (lake.current("token_shards").path / "manifest.json").write_text("{", encoding="utf-8")
    before = snapshot(lake)
    for look in (waste, prune):
        with pytest.raises(ContractError, match="has no whole manifest"):
            look(lake)
    assert snapshot(lake) == before


def season(lake: Lake, make: Make) -> Artifact:
    """Two old days, one of them answered twice, a superseded student, and the newest of both."""
    answer(lake, make, *DAYS[:2])
    train(lake, make)
    answer(lake, make, DAYS[1], text="again")
    answer(lake, make, *DAYS[2:4])
    return train(lake, make)


@pytest.mark.slow
def test_stopped_at_any_step_the_lake_is_whole_and_the_next_prune_ends_the_same(
    tmp_path: Path, make: Make, killed_at: KilledAt
) -> None:
    clean = lake_of(tmp_path / "clean", 2)
    season(clean, make)
    prune(clean)
    number, steps = 1, 0
    while not steps or number <= steps:
        lake = lake_of(tmp_path / str(number), 2)
        judged = season(lake, make)
        with killed_at(number) as taken:
            prune(lake)
            steps = taken[0]
        window = daily.window(lake, 2)
        assert [list(days) for days in window.values()] == [DAYS[2:4]] * 2
        assert daily.days_of(lake, judged)["prompt_mix"] == window["prompt_mix"]
        for artifact in whole(lake):
            assert (artifact.path / "data").is_file()
        prune(lake)
        assert snapshot(lake).keys() == snapshot(clean).keys(), number
        number += 1
    assert steps > 40


def whole(lake: Lake) -> Iterator[Artifact]:
    """Everything that a link leads to."""
    for shelf in shelves(lake.base):
        if shelf.shown():
            yield lake.current(shelf.asset, shelf.day)


def test_the_command_says_what_would_go_and_with_yes_it_goes(
    command: Command, lake: Lake, make: Make, tmp_path: Path
) -> None:
    season(lake, make)
    given = ["prune", "--set", f"lake.root={tmp_path / 'lake'}", "--set", "shards.days=2"]
    before = snapshot(lake)
    done = command(*given)
    assert done.returncode == 0, done.stderr
    assert "token_shards" in done.stdout
    assert f"before {DAYS[2]}" in done.stdout
    assert "would remove 9 things, 0.0 MB; add --yes to remove them" in done.stdout
    assert snapshot(lake) == before
    done = command(*given, "--yes")
    assert done.returncode == 0, done.stderr
    assert "removed 9 things" in done.stdout
    assert waste(lake) == []
    again = command(*given)
    assert "nothing to remove" in again.stdout
