"""What lies in a lake is found where the pipeline left it, and a refused setting ends at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.lake import DAY, found, made
from ops.errors import PipelineError
from resources.lake import Lake
from resources.profile import load
from resources.settings import Settings


def test_the_newest_versions_are_found_and_settings_can_be_added(
    tmp_path: Path, make: Callable[..., Any]
) -> None:
    settings = Settings(profile="tiny", overrides={"lake.root": str(tmp_path), "student.seed": "9"})
    lake = Lake(settings=settings)
    mix = make(lake, "prompt_mix", DAY, {})
    responses = make(lake, "teacher_responses", DAY, {"prompt_mix": mix})
    base = make(lake, "student_base", None, {"prompt_mix": mix})
    make(lake, "token_shards", None, {"student_base": base}, text="before")
    shards = make(lake, "token_shards", None, {"student_base": base})
    data = found(settings)
    assert (data.mix, data.responses, data.shards) == (mix.path, responses.path, shards.path)
    assert data.student == base.path / "student"
    assert data.prompts == mix.path / "prompts.parquet"
    changed = data.profile({"kd.training.epochs": "3"})
    assert (changed.student.seed, changed.kd.training.epochs) == (9, 3.0)
    assert data.profile().kd == load("tiny").kd


def test_a_lake_that_cannot_be_made_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PipelineError, match="was not made: exit code 1"):
        made(tmp_path, "tiny", {"prompts.promts": "12"})
    said = capfd.readouterr()
    assert said.out == ""
    assert "did you mean prompts?" in said.err
