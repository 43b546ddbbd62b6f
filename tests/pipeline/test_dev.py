"""`dagster dev` as the README prints it: it comes up on this machine, shows every asset, and runs a
backfill of several days, two runs at a time, on the micro profile.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from resources.lake import Lake
from resources.settings import PROFILE_VARIABLE, Settings

from .conftest import MICRO, Dev, running_dev

DAYS = ["2026-01-05", "2026-01-06"]
WITHIN_S = 180
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
CODE = {"repositoryName": "__repository__", "repositoryLocationName": "pipeline.definitions"}
ASSETS = "{ assetNodes { assetKey { path } groupName description } }"
LAUNCH = """mutation ($backfill: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $backfill) {
        __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
    } }"""
RUNS = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
        status runs(limit: 9) { status startTime endTime tags { key value } }
    } } }"""
PARTITIONS = """query ($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) {
    ... on AssetNode { assetPartitionStatuses {
        ... on TimePartitionStatuses { ranges { startKey endKey status } }
    } } } }"""
TICK = """mutation ($schedule: ScheduleSelector!, $at: Float!) {
    scheduleDryRun(selectorData: $schedule, timestamp: $at) {
        ... on DryRunInstigationTick {
            evaluationResult { runRequests { runKey tags { key value } } }
    } } }"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(450)]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro profile over a lake beside it, with a teacher that takes its time: about five
    seconds a day, so that the runs of a backfill need it at the same time.
    """
    path = tmp_path_factory.mktemp("dev") / "micro.yaml"
    text = Path(MICRO).read_text(encoding="utf-8")
    text = text.replace("lake: {", f"lake: {{root: {path.parent / 'lake'}, ")
    text = text.replace("teacher:\n", "teacher:\n  concurrency: 32\n  misbehave: slow=1\n")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def dev(profile: Path, history: Path) -> Iterator[Dev]:
    """Dagster with its daemon; nothing of it is left after the tests."""
    home = shutil.copytree(history, profile.parent / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PROFILE_VARIABLE, str(profile))
        with running_dev(home) as made:
            yield made
    assert [process.pid for process in psutil.process_iter() if of_home(process, home)] == []


def of_home(process: psutil.Process, home: Path) -> bool:
    """Whether a process was started with this instance, however deep in its family it is."""
    try:
        mine = process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE
        return not mine and process.environ().get("DAGSTER_HOME") == str(home)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def backfilled(dev: Dev) -> list[dict[str, Any]]:
    """Launch it and wait until every run has ended."""
    selector = {"partitionSetName": "teacher_mix_partition_set", "repositorySelector": CODE}
    launched = dev.ask(LAUNCH, backfill={"selector": selector, "partitionNames": DAYS})
    answer = launched["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        found = dev.ask(RUNS, id=answer["backfillId"])["partitionBackfillOrError"]
        if len(found["runs"]) == len(DAYS) and {run["status"] for run in found["runs"]} <= ENDED:
            return list(found["runs"])
        time.sleep(1)
    pytest.fail(f"the backfill has not ended after {WITHIN_S} s: {found}")


def partition(tagged: dict[str, Any]) -> str:
    return next(tag["value"] for tag in tagged["tags"] if tag["key"] == "dagster/partition")


def test_the_ui_shows_every_asset_with_its_group_and_meaning(dev: Dev) -> None:
    nodes = dev.ask(ASSETS)["assetNodes"]
    groups = {node["groupName"] for node in nodes}
    assert len(nodes) == 18
    assert groups == {"gather", "supervise", "train", "judge", "repair", "ship"}
    assert [node["assetKey"]["path"] for node in nodes if not node["description"]] == []


def test_days_are_backfilled_by_runs_that_share_the_teacher(dev: Dev, profile: Path) -> None:
    runs = sorted(backfilled(dev), key=lambda run: run["startTime"])
    assert {partition(run): run["status"] for run in runs} == dict.fromkeys(DAYS, "SUCCESS")
    assert runs[1]["startTime"] < runs[0]["endTime"], "no two runs at the same time"
    lake = Lake(settings=Settings(profile=str(profile)))
    for asset in ("prompt_mix", "teacher_responses"):
        statuses = dev.ask(PARTITIONS, asset={"path": [asset]})["assetNodeOrError"]
        assert statuses["assetPartitionStatuses"]["ranges"] == [
            {"startKey": DAYS[0], "endKey": DAYS[-1], "status": "MATERIALIZED"}
        ]
        assert list(lake.partitions(asset)) == DAYS
    answered = lake.partitions("teacher_responses").values()
    assert [one.figures["answered_now"] for one in answered] == [160] * 2
    prompts = [
        set(tables.read(mix.path / "prompts.parquet", PROMPTS)["prompt_id"].to_pylist())
        for mix in lake.partitions("prompt_mix").values()
    ]
    assert len(set().union(*prompts)) == 320

    schedule = {**CODE, "scheduleName": "daily_teacher_mix"}
    # 2026-03-04 and 05, 03:00 UTC.
    for at, day in ((1772593200, "2026-03-04"), (1772679600, "2026-03-05")):
        tick = dev.ask(TICK, schedule=schedule, at=at)["scheduleDryRun"]
        (request,) = tick["evaluationResult"]["runRequests"]
        assert (request["runKey"], partition(request)) == (day, day)
