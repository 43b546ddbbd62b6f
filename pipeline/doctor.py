"""What can be wrong before a run: versions, disk, settings, teacher, stale runs, the lake."""

import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psutil

from ops.digest import file_digest
from ops.errors import PipelineError
from pipeline.run import instance
from resources.endpoint import api_key, identity
from resources.lake import MANIFEST, Lake
from resources.launcher import Launcher
from resources.profile import CONFIGS
from resources.settings import Settings

LIBRARIES = (
    "dagster",
    "torch",
    "transformers",
    "coremltools",
    "httpx",
    "duckdb",
    "pyarrow",
    "peft",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    passed: bool
    found: str


def training(settings: Settings) -> tuple[list[Finding], dict[str, Any]]:
    """Look at what training would read now, as training_readiness does; nothing is changed.

    Returns the findings, and figures: lengths, kinds, tools, the teacher's scores.
    """
    from assets.readiness import budget, given

    lake = Lake(settings=settings)
    told = given(lake, settings.load())
    with tempfile.TemporaryDirectory(dir=lake.base, prefix=".doctor-") as folder:
        out = Path(folder) / "readiness"
        out.mkdir()
        report = Launcher().run("ops.readiness", told, out)
    checks = [*report["checks"], budget(lake, settings.load())]
    return [Finding(**one) for one in checks], report["figures"]


def examine(settings: Settings) -> list[Finding]:
    """Look at everything but the data; nothing is changed and nothing is asked of the teacher."""
    lake = Lake(settings=settings)
    looks: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: sys.version.split()[0]),
        ("libraries", _libraries),
        ("profile", lambda: settings.load().name),
        ("disk", lambda: _disk(lake)),
        ("teacher", lambda: _teacher(settings)),
        ("runs", _runs),
        ("lake", lambda: _lake(lake)),
    ]
    found = []
    for name, look in looks:
        try:
            found.append(Finding(name, True, look()))
        except PipelineError as error:
            found.append(Finding(name, False, str(error)))
    return found


def _libraries() -> str:
    try:
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    except importlib.metadata.PackageNotFoundError as error:
        raise PipelineError(f"{error.name} is not installed; run make setup") from error


def _disk(lake: Lake) -> str:
    lake.require_room()
    return f"{shutil.disk_usage(lake.base).free // 1_000_000_000} GB free at {lake.base}"


def _teacher(settings: Settings) -> str:
    config = settings.load().teacher
    told = identity(config, CONFIGS / settings.load().prompts.phrases)
    key = "key set" if api_key(config) else f"no key in {config.api_key_env}"
    return f"{told}, {key}"


def _runs() -> str:
    """Runs that the instance thinks are going on although nobody works on them."""
    started = instance().get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    working = any(
        "apprentice" in " ".join(process.info["cmdline"] or [])
        or "dagster" in (process.info["name"] or "")
        for process in psutil.process_iter(["cmdline", "name"])
        if process.pid != os.getpid()
    )
    if started and not working:
        raise PipelineError(
            f"{len(started)} runs are marked as started and no process works on them; "
            f"open the UI with make dev and terminate them"
        )
    return f"{len(started)} in progress"


def _lake(lake: Lake) -> str:
    """Every published file against its manifest."""
    checked = 0
    for path in sorted(lake.base.glob("**/current")):
        version = path.resolve()
        try:
            files = json.loads((version / MANIFEST).read_text(encoding="utf-8"))["files"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PipelineError(
                f"{version} has no whole {MANIFEST}; delete it and run again"
            ) from error
        for name, held in files.items():
            if not (version / name).is_file() or file_digest(version / name) != held["sha256"]:
                raise PipelineError(f"{version / name} is damaged; delete {version} and run again")
            checked += 1
    return f"{checked} files are as their manifests say"
