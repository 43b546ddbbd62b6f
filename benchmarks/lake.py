"""Lakes that the pipeline's own command makes for a benchmark, whole or up to the token shards.

Made once in a folder: the same call again finds it there. Not here: what is trained beside the
pipeline (stages.py).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import PipelineError
from resources.lake import Lake
from resources.profile import ROOT, Profile, load
from resources.settings import Settings

DAY = "2026-01-05"
"""The day decides the prompts: a benchmark asks the same ones whenever it is run."""


@dataclass(frozen=True, slots=True)
class Data:
    """What training reads: folders in the lake, and the figures of the shards."""

    settings: Settings
    mix: Path
    responses: Path
    student: Path
    shards: Path
    figures: dict[str, Any]

    def profile(self, overrides: Mapping[str, str] | None = None) -> Profile:
        """The profile of the lake, with further settings in place of its own."""
        return load(self.settings.profile, {**self.settings.overrides, **(overrides or {})})

    @property
    def prompts(self) -> Path:
        """The table of prompts."""
        return self.mix / "prompts.parquet"


def made(work: Path, profile: str, overrides: Mapping[str, str]) -> Data:
    """Gather and supervise into `work/lake` with these settings (dotted key → YAML).

    Raises:
        PipelineError: as `walked`.
    """
    return found(walked(work, profile, overrides, "+key:token_shards"))


def walked(
    work: Path, profile: str, overrides: Mapping[str, str], select: str | None = None
) -> Settings:
    """Materialize what is selected, all by default, into `work/lake`; the settings of that lake.

    Raises:
        PipelineError: the command failed; it has said why on standard error.
    """
    settings = {"lake.root": str(work / "lake"), **overrides}
    home = work / "home"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
    command = [sys.executable, "-m", "pipeline.cli", "run", "--profile", profile, "--day", DAY]
    command += ["--select", select] if select else []
    command += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DAGSTER_HOME": str(home)}, stdout=2, check=False
    )
    if done.returncode:
        raise PipelineError(
            f"the lake in {work} was not made: exit code {done.returncode}; what was wrong stands "
            f"above, the same command goes on from there"
        )
    return Settings(profile=profile, overrides=settings)


def found(settings: Settings) -> Data:
    """What lies in the lake of these settings."""
    lake = Lake(settings=settings)
    shards = lake.current("token_shards")
    return Data(
        settings,
        lake.current("prompt_mix", DAY).path,
        lake.current("teacher_responses", DAY).path,
        lake.current("student_base").path / "student",
        shards.path,
        shards.figures,
    )
