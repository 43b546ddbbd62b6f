"""The owner's own commands of Dagster, word for word, as processes."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import DAY, ROOT

MICRO = (ROOT / "configs" / "micro.yaml").read_text(encoding="utf-8")
MODULE = {"DAGSTER_MODULE_NAME": "pipeline.definitions"}
pytestmark = pytest.mark.slow


def dagster(line: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("dagster")
    return subprocess.run(
        [str(program), *shlex.split(line)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture
def profile(tmp_path: Path, home: Path) -> dict[str, str]:
    """The micro profile over a lake in the temporary folder."""
    path = tmp_path / "micro.yaml"
    lake = f"lake: {{minimum_free_mb: 50, root: {tmp_path / 'lake'}}}"
    path.write_text(MICRO.replace("lake: {minimum_free_mb: 50}", lake), encoding="utf-8")
    return {"APPRENTICE_PROFILE": str(path)}


def test_definitions_validate(home: Path) -> None:
    done = dagster("definitions validate", {})
    assert done.returncode == 0, done.stderr


def test_asset_list(home: Path) -> None:
    done = dagster("asset list --select '+key:coreml_worker'", MODULE)
    assert done.returncode == 0, done.stderr
    assert "coreml_worker" in done.stdout.split()
    assert len(done.stdout.split()) == 17


def test_a_partitioned_asset_is_materialized(profile: dict[str, str], tmp_path: Path) -> None:
    line = f"asset materialize --select prompt_mix --partition {DAY}"
    done = dagster(line, MODULE | profile)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "RUN_SUCCESS" in done.stderr
    assert (tmp_path / "lake/micro/prompt_mix" / DAY / "current/prompts.parquet").is_file()


def test_a_bare_asset_without_its_inputs_says_what_to_run(profile: dict[str, str]) -> None:
    done = dagster("asset materialize --select coreml_worker", MODULE | profile)
    assert done.returncode == 1
    assert "has not been materialized" in done.stderr
    assert "dagster asset materialize --select '+key:merged_model' --partition DAY" in done.stderr
