"""Real Dagster runs over a lake and an instance in temporary folders."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.lake import Lake
from resources.settings import Settings
from tests.conftest import DAY, MICRO, walked

Materialize = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as the project configures it, with its history in a temporary folder."""
    with dg.DagsterInstance.get() as made:
        yield made


@pytest.fixture
def overrides(tmp_path: Path) -> dict[str, str]:
    """Settings of the run; a test adds its own."""
    return {"lake.root": str(tmp_path / "lake")}


@pytest.fixture
def micro_lake(overrides: dict[str, str]) -> Lake:
    """The lake of the run."""
    return Lake(settings=Settings(profile=MICRO, overrides=overrides))


@pytest.fixture(scope="session")
def supervised(gathered: Path, history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a lake in which that day has its shards; work on a copy."""
    folder = tmp_path_factory.mktemp("supervised")
    shutil.copytree(gathered, folder / "lake", symlinks=True)
    return walked(history, folder, "+key:token_shards")


@pytest.fixture
def answered(gathered: Path, tmp_path: Path) -> None:
    """The day is answered in the lake of the run."""
    shutil.copytree(gathered, tmp_path / "lake", symlinks=True)


@pytest.fixture
def sharded(supervised: Path, tmp_path: Path) -> None:
    """The day has its shards in the lake of the run."""
    shutil.copytree(supervised, tmp_path / "lake", symlinks=True)


@pytest.fixture
def materialize(instance: dg.DagsterInstance, overrides: dict[str, str]) -> Materialize:
    """Run the named assets for a day, as the command line does."""
    from pipeline.definitions import defs

    job = defs.resolve_job_def("everything")

    def run(*assets: str, day: str = DAY) -> dg.ExecuteInProcessResult:
        settings = {"config": {"profile": MICRO, "overrides": dict(overrides)}}
        return job.execute_in_process(
            instance=instance,
            partition_key=day,
            asset_selection=[dg.AssetKey(asset) for asset in assets],
            raise_on_error=False,
            run_config={
                "resources": {"settings": settings},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )

    return run


def message(result: dg.ExecuteInProcessResult) -> str:
    """What the failed step said."""
    failure = next((event for event in result.all_events if event.is_step_failure), None)
    if failure is None:
        return "; ".join(
            f"{event.message} {event.event_specific_data}"
            for event in result.all_events
            if event.is_failure
        )
    data = failure.step_failure_data
    told = data.user_failure_data.description if data.user_failure_data else data.error
    return str(told)


def done(result: dg.ExecuteInProcessResult) -> bool:
    """Whether the run ended well; if not, the test ends with what the step said."""
    if not result.success:
        pytest.fail(message(result))
    return True
