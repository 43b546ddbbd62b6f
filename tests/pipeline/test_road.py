"""The whole road, really walked, on next to nothing; then again, when nothing is left to do."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ops.errors import InputError
from ops.spans.contract import KINDS
from ops.tables import read
from ops.training.contract import STEPS
from pipeline import doctor, preview, summary
from pipeline.run import walk
from resources.lake import Artifact, Lake
from resources.settings import Settings
from resources.warehouse import TABLES, Warehouse, ask

from .conftest import DAY, MICRO

DAILY = ("prompt_mix", "teacher_responses", "process_spans")
WHOLE = (
    "student_base", "token_shards", "negative_examples", "training_readiness", "kd_checkpoint",
    "process_checkpoint", "process_evaluation", "failure_table", "critique_table", "lora_adapter",
    "merged_model", "merged_evaluation", "coreml_worker", "distillation_report",
)  # fmt: skip
SECRET = b"sk-CANARY0123456789"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Walked:
    """Two walks over one lake: what was printed, and what the lake held after each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.overrides = {"lake.root": str(folder / "lake")}
        self.settings = Settings(profile=MICRO, overrides=self.overrides)
        self.lake = Lake(settings=self.settings)
        self.first, self.made = self.walk()
        self.second, self.found = self.walk()

    def walk(self) -> tuple[str, dict[str, Artifact]]:
        told = io.StringIO()
        outcome = walk(DAY, MICRO, self.overrides, None, Console(file=told, width=200))
        assert outcome.failed == "", outcome.message
        return told.getvalue(), self.artifacts()

    def artifacts(self) -> dict[str, Artifact]:
        held = {asset: self.lake.current(asset, DAY) for asset in DAILY}
        return held | {asset: self.lake.current(asset) for asset in WHOLE}


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """Walk twice."""
    folder = tmp_path_factory.mktemp("road")
    home = folder / "home"
    home.mkdir()
    source = Path(__file__).parents[2] / "dagster_home" / "dagster.yaml"
    (home / "dagster.yaml").write_bytes(source.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        patch.setenv("TEACHER_API_KEY", SECRET.decode())
        yield Walked(folder)


def test_everything_is_made(road: Walked) -> None:
    assert set(road.made) == {*DAILY, *WHOLE}
    assert road.made["prompt_mix"].figures["prompts"] == 160
    assert road.made["teacher_responses"].figures["answered_now"] == 160
    assert road.made["coreml_worker"].figures["passed"] is True
    for asset, artifact in road.made.items():
        failed = [one for one in artifact.figures["checks"] if one["blocks"] and not one["passed"]]
        assert failed == [], asset


def test_the_second_walk_does_nothing(road: Walked) -> None:
    assert road.second.count("as before") == 17
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
        steps = read(path, STEPS)
        assert steps.num_rows == road.made[asset].figures["steps"] > 0


def test_the_tables_answer(road: Walked) -> None:
    house = Warehouse(lake=road.lake)
    there = {name for (name,) in ask(house.path, "show tables")[1]}
    assert there == {*TABLES, "runs"}
    (counted,) = ask(house.path, "select count(*) from failures")[1]
    assert counted[0] == road.made["failure_table"].figures["failures"]
    stages = ask(house.path, "select distinct stage from steps order by 1")[1]
    assert stages == [("kd",), ("lora",), ("process",)]
    (runs,) = ask(house.path, "select count(distinct asset) from runs")[1]
    assert runs[0] == 17


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
