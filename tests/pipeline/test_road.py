"""The whole road, really walked on next to nothing over two days whose prompts collide: again when
nothing is left to do, learnt without a leak, pruned, and found again.

One lake for all: the tests below the line change it, each as the one above left it.
"""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assets import daily
from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.errors import InputError
from ops.evaluation.contract import EVALUATIONS
from ops.prompts.contract import PROMPTS, settled
from ops.shards.contract import SHARD
from ops.spans.contract import KINDS
from ops.training.contract import STEPS
from pipeline import doctor, preview, summary
from pipeline.prune import by_reason, prune
from pipeline.run import walk
from resources.lake import Artifact, Lake
from resources.settings import Settings
from resources.warehouse.question import ask
from resources.warehouse.tables import TABLES

from .conftest import DAY, MICRO

DAILY = ("prompt_mix", "teacher_responses", "process_spans")
WHOLE = (
    "student_base", "trajectories", "token_shards", "negative_examples", "training_readiness",
    "kd_checkpoint",
    "process_checkpoint", "process_evaluation", "failure_table", "critique_table", "lora_adapter",
    "merged_model", "merged_evaluation", "coreml_worker", "distillation_report",
)  # fmt: skip
SECRET = b"sk-CANARY0123456789"
FIRST, NEXT = "2026-01-04", "2026-01-06"
GATHER = "group:gather"
AFTER_SHARDS = "key:token_shards+ and not key:token_shards and not group:ship"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Walked:
    """A lake with a day that was only gathered and one that was walked twice: what was printed,
    and what the lake held after each walk.
    """

    def __init__(self, folder: Path, prompts: Path) -> None:
        self.folder = folder
        self.overrides = {
            "lake.root": str(folder / "lake"),
            # More than the file holds: every row of it each day, and as many of the registry.
            "prompts.prompts": "320",
            "prompts.sources": json.dumps([{"path": str(prompts), "share": 0.5}]),
        }
        self.settings = Settings(profile=MICRO, overrides=self.overrides)
        self.lake = Lake(settings=self.settings)
        shares = {"prompts.splits": "{train: 0.8, repair: 0.1, heldout: 0.1}"}
        self.walk(FIRST, GATHER, **shares, **{"prompts.prompts": "960"})
        self.first, self.made = self.walk(DAY), self.artifacts()
        self.second, self.found = self.walk(DAY), self.artifacts()

    def walk(self, day: str, select: str | None = None, **more: str) -> str:
        told = io.StringIO()
        overrides = self.overrides | more
        outcome = walk(day, MICRO, overrides, select, Console(file=told, width=200))
        assert outcome.failed == "", outcome.message
        return told.getvalue()

    def artifacts(self) -> dict[str, Artifact]:
        held = {asset: self.lake.current(asset, DAY) for asset in DAILY}
        return held | {asset: self.lake.current(asset) for asset in WHOLE}

    def mixes(self) -> list[Path]:
        mixes = self.lake.partitions("prompt_mix").values()
        return [mix.path / "prompts.parquet" for mix in mixes]

    def rows(self, asset: str, pattern: str, schema: Any) -> list[dict[str, Any]]:
        paths = sorted(self.lake.current(asset).path.glob(pattern))
        return [row for path in paths for row in tables.rows(tables.read(path, schema))]


@pytest.fixture(scope="module")
def road(
    prompt_rows: list[dict[str, Any]], history: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walked]:
    """Each day has a mix of its own and the same imported prompts, which change their splits."""
    folder = tmp_path_factory.mktemp("road")
    lines = [
        {"messages": json.loads(row["messages"]), "tools": json.loads(row["tools"])}
        for row in prompt_rows
        if row["kind"] in ("single", "choice")
    ]
    prompts = folder / "mine.jsonl"
    prompts.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(shutil.copytree(history, folder / "home")))
        patch.setenv("TEACHER_API_KEY", SECRET.decode())
        yield Walked(folder, prompts)


def test_everything_is_made(road: Walked) -> None:
    assert set(road.made) == {*DAILY, *WHOLE}
    assert road.made["prompt_mix"].figures["prompts"] == 160 + 79
    # Of the file 64 were asked the day before; 15 are held out only now, and asked in another way.
    answered = road.made["teacher_responses"].figures
    assert (answered["answered_before"], answered["answered_now"]) == (64, 160 + 15)
    assert road.made["coreml_worker"].figures["passed"] is True
    for asset, artifact in road.made.items():
        failed = [one for one in artifact.figures["checks"] if one["blocks"] and not one["passed"]]
        assert failed == [], asset


def test_the_second_walk_does_nothing(road: Walked) -> None:
    assert road.second.count("as before") == 18
    assert road.first.count("as before") == 0
    for asset, artifact in road.made.items():
        assert road.found[asset] == artifact, asset


def test_the_package_holds_what_it_promises(road: Walked) -> None:
    folder = road.made["coreml_worker"].path
    assert (folder / "worker.mlpackage" / "Manifest.json").is_file()
    verified = json.loads((folder / "verification.json").read_text(encoding="utf-8"))
    assert verified["passed"] is True
    assert all(check["passed"] for check in verified["checks"])
    for name in ("contract.json", "golden"):
        assert (folder / name).exists()


def test_every_training_tells_its_steps(road: Walked) -> None:
    for asset in ("kd_checkpoint", "process_checkpoint", "lora_adapter"):
        path = road.made[asset].path / "steps.parquet"
        steps = tables.read(path, STEPS)
        assert steps.num_rows == road.made[asset].figures["steps"] > 0


def test_the_tables_answer(road: Walked) -> None:
    base = road.lake.base
    there = {name for (name,) in ask(base, "show tables")[1]}
    assert there - {"runs", "repairs"} <= set(TABLES)
    assert there > {"prompts", "responses", "spans", "evaluations", "failures", "critiques"}
    assert there > {"repairs", "steps", "runs", "clusters"}
    of = "select count(*) from failures where origin = 'student'"
    (counted,) = ask(base, of)[1]
    assert counted[0] == road.made["failure_table"].figures["failures"]
    stages = ask(base, "select distinct stage from steps order by 1")[1]
    assert stages == [("kd",), ("lora",), ("process",)]
    (runs,) = ask(base, "select count(distinct asset) from runs")[1]
    assert runs[0] == 18


def test_the_summary_and_the_doctor_read_it(road: Walked) -> None:
    told = io.StringIO()
    summary.summarise(road.lake, DAY, Console(file=told, width=200))
    for name in (*DAILY, *WHOLE, "worker.mlpackage", "report.html"):
        assert name in told.getvalue()
    found: dict[str, Any] = {one.name: one for one in doctor.examine(road.settings)}
    assert found["lake"].passed, found["lake"].found
    assert int(found["lake"].found.split()[0]) > 50


def test_the_doctor_reads_the_data_as_training_readiness_did(road: Walked) -> None:
    found, figures = doctor.training(road.settings)
    told = road.made["training_readiness"].figures
    assert [one.name for one in found if not one.passed] == []
    assert [one.name for one in found] == [one["name"] for one in told["report"]]
    assert figures == {name: told[name] for name in figures}
    assert set(figures["teacher_quality"]) > {"calls_parse", "decision_right"}


def test_an_example_is_shown_as_it_is_trained(road: Walked) -> None:
    example = preview.find(road.lake, "0", "tool_name")
    told = io.StringIO()
    console = Console(file=told, width=200)
    preview.show(example, road.settings.load(), console, as_tokens=False)
    head, words = told.getvalue().split("\n", 1)
    assert head.startswith(f"{example.row['prompt_id']}  {example.row['split']}  ")
    whole = example.tokenizer.decode(example.row["input_ids"])
    for kind in KINDS:
        words = words.replace(f"[{kind}]", "")
    assert words.replace("\n", "") == whole.replace("\n", "")
    preview.show(example, road.settings.load(), console, as_tokens=True)
    assert told.getvalue().count("tool_name") > 1


def test_an_example_that_is_not_there_is_told(road: Walked) -> None:
    for wanted, kind, said in (
        ("99999", None, "has no example '99999'; name one by its number"),
        ("0", "reasoning", "has no example '0' with a token of kind reasoning"),
        ("0", "verb", "'verb' is no kind of span, expected one of prompt"),
    ):
        with pytest.raises(InputError, match=said):
            preview.find(road.lake, wanted, kind)


def test_the_report_shows_the_road(road: Walked) -> None:
    page = (road.made["distillation_report"].path / "report.html").read_text(encoding="utf-8")
    for asset in (*DAILY, *WHOLE[:-1]):
        assert asset in page


def test_no_file_holds_a_key_or_an_unfinished_draft(road: Walked) -> None:
    for path in road.folder.rglob("*"):
        if path.is_file():
            assert SECRET not in path.read_bytes(), path
    assert [path for path in road.lake.base.rglob(".*") if path.is_dir()] == []
    assert list(road.lake.base.rglob("*.spec.json")) == []


def test_what_a_day_holds_out_no_day_teaches(road: Walked) -> None:
    splits: dict[str, set[str]] = {"train": set(), "repair": set(), "heldout": set()}
    for path in road.mixes():
        for row in tables.rows(tables.read(path, PROMPTS)):
            splits[row["split"]].add(row["prompt_id"])
    assert len(splits["train"] & splits["heldout"]) > 5
    examples = road.rows("token_shards", "shard-*.parquet", SHARD)
    learnt = {row["prompt_id"] for row in examples if row["split"] == "train"}
    repair = {row["prompt_id"] for row in examples if row["split"] == "repair"}
    assert learnt
    assert learnt.isdisjoint(splits["repair"] | splits["heldout"])
    assert repair.isdisjoint(splits["heldout"])
    corrected = road.rows("critique_table", "critiques.parquet", CRITIQUES)
    assert {row["prompt_id"] for row in corrected} <= splits["repair"] - splits["heldout"]
    figures = road.lake.current("token_shards").figures
    assert figures["days"] == 2
    assert figures["in_a_stricter_split"] > 5


@pytest.mark.parametrize("asset", ["process_evaluation", "merged_evaluation"])
def test_both_evaluations_judge_by_the_strictest_split(road: Walked, asset: str) -> None:
    strict = settled(road.mixes())
    judged = road.rows(asset, "evaluations.parquet", EVALUATIONS)
    assert {(row["prompt_id"], row["split"]) for row in judged} <= {
        (prompt, row["split"]) for prompt, row in strict.items() if row["split"] != "train"
    }
    taken = road.lake.current(asset).inputs
    assert {name for name in taken if "/" in name} == {
        f"{daily_asset}/{day}" for daily_asset in daily.ASSETS[:2] for day in (FIRST, DAY)
    }


# The line.


def test_after_a_prune_everything_is_found_as_before(road: Walked) -> None:
    road.walk(DAY, "key:token_shards", **{"shards.days": "1"})
    assert "as before" in road.walk(DAY, "key:token_shards")
    gone = by_reason(prune(road.lake).removed)
    assert {pair: len(found) for pair, found in gone.items()} == {("token_shards", "superseded"): 1}
    assert road.walk(DAY).count("as before") == 18


def test_a_day_that_is_answered_later_changes_nothing_until_it_is_learnt(road: Walked) -> None:
    road.walk(NEXT, GATHER)
    assert road.walk(DAY, AFTER_SHARDS).count("as before") == 10
    listed = ask(road.lake.base, "select distinct day from responses order by 1")[1]
    assert listed == [(FIRST,), (DAY,)]
    told = road.walk(DAY, "key:token_shards")
    assert f"process_spans {NEXT}" in told
    assert list(daily.days_of(road.lake, road.lake.current("token_shards"))["prompt_mix"]) == [
        FIRST, DAY, NEXT,
    ]  # fmt: skip
