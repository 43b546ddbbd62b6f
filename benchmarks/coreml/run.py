"""Makes the student and the prompts with the pipeline's own command, and each package as its stage.

Nothing is judged here: the figures are those of the package's own verification (ops/coreml).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lake import DAY, walked
from benchmarks.stages import Done, Stages
from ops.coreml.config import CoreMLConfig, Precision
from ops.coreml.contract import PACKAGE
from ops.errors import InputError
from ops.evaluation.probes import probes
from ops.student import tokenizer as tokenizers
from resources.lake import Lake
from resources.launcher import Launcher

PROMPTS = 1000
"""Prompts that are drawn: one in ten is held out, with each tool among them."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; `context` in tokens."""

    work: Path
    base: Path
    precisions: Sequence[Precision]
    probes: int
    context: int


@dataclass(frozen=True, slots=True)
class Found:
    """One package: how it was built and verified, and how fast it is beside PyTorch."""

    precision: Precision
    asked: list[list[int]]  # token ids of the probes
    built: Done
    pace: dict[str, Any]


def run(options: Options) -> list[Found]:
    """A package for each precision; what is made already is found.

    Raises:
        PipelineError: a stage failed; the same call goes on from there.
    """
    student, mix = _student(options)
    asked = probes([mix], tokenizers.load(student), options.probes)
    if len(asked) < options.probes:
        raise InputError(f"{len(asked)} held-out prompts are short enough, wanted {options.probes}")
    stages = Stages(options.work, start=Launcher().run, resumes=False)
    return [_package(stages, options, one, student, asked) for one in options.precisions]


def _student(options: Options) -> tuple[Path, Path]:
    settings = {
        "student.base": str(options.base),
        "student.context": str(options.context),
        "prompts.prompts": str(PROMPTS),
    }
    lake = Lake(settings=walked(options.work, "smollm2", settings, "+key:student_base"))
    mix = lake.current("prompt_mix", DAY).path / "prompts.parquet"
    return lake.current("student_base").path / "student", mix


def _package(
    stages: Stages, options: Options, precision: Precision, student: Path, asked: list[list[int]]
) -> Found:
    config = CoreMLConfig(precision=precision, context=options.context)
    spec = {"student": str(student), "config": config.model_dump(), "probes": asked}
    built = stages.one("ops.coreml", spec)
    package = {"package": str(built.path / PACKAGE), "config": config.model_dump()}
    question = {"student": str(student), "prompt": asked[0]}
    pace = stages.one("benchmarks.coreml.pace", package | question)
    return Found(precision, asked, built, pace.figures)
