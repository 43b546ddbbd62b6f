"""A student on unseen prompts: process_evaluation before the repair, merged_evaluation after it."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.daily import answered
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.evaluation.contract import EVALUATIONS
from resources.lake import Artifact, Lake
from resources.launcher import Launcher
from resources.settings import Settings

READS = ["prompt_mix", "teacher_responses"]


@dg.asset(
    group_name="judge",
    kinds={"torch", "parquet"},
    deps=["process_checkpoint", *READS],
    metadata=described(EVALUATIONS),
)
@one_line
def process_evaluation(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """The supervised student's answers to repair and held-out prompts, free and constrained."""
    student = lake.current("process_checkpoint")

    def build(draft: Path) -> dict[str, Any]:
        return _evaluate(student, settings, lake, launcher, draft)

    inputs = {"process_checkpoint": student.data_version} | _inputs(lake)
    config = settings.load().evaluation
    yield from produce(context, lake, Recipe(inputs, [_measured(config)], build))


@dg.asset(
    group_name="judge",
    kinds={"torch", "parquet"},
    deps=["merged_model", "process_evaluation", *READS],
    metadata=described(EVALUATIONS),
    check_specs=[dg.AssetCheckSpec("gate", asset="merged_evaluation", blocking=False)],
)
@one_line
def merged_evaluation(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """The repaired student on the same prompts, its uplift, and the gate before shipping."""
    config = settings.load().evaluation
    student, before = lake.current("merged_model"), lake.current("process_evaluation")

    def build(draft: Path) -> dict[str, Any]:
        from ops.evaluation.gate import judge

        figures = _evaluate(student, settings, lake, launcher, draft)
        was = before.figures["heldout"].get("free", {})
        verdict = judge(figures["heldout"].get("free", {}), was, config.gate)
        return figures | {
            "gate_passed": verdict.passed,
            "gate": verdict.sentence(),
            "uplift": _uplift(was, figures["heldout"].get("free", {})),
        }

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        enforced = config.gate.mode == "enforce"
        return [Check("gate", figures["gate_passed"], figures["gate"], blocks=enforced)]

    inputs = {"merged_model": student.data_version, "process_evaluation": before.data_version}
    yield from produce(context, lake, Recipe(inputs | _inputs(lake), [config], build, check))


def _evaluate(
    student: Artifact, settings: Settings, lake: Lake, launcher: Launcher, draft: Path
) -> dict[str, Any]:
    from ops.evaluation.summary import summarise

    mixes, responses = answered(lake), lake.partitions("teacher_responses")
    spec = {
        "student": str(student.path / "student"),
        "prompts": [str(mix.path / "prompts.parquet") for mix in mixes.values()],
        "responses": [str(one.path / "responses.parquet") for one in responses.values()],
        "config": settings.load().evaluation.model_dump(),
    }
    figures = launcher.run("ops.evaluation", spec, draft)
    table = tables.read(draft / "evaluations.parquet", EVALUATIONS)
    return figures | {split: summarise(table, split) for split in ("heldout", "repair")}


def _measured(config: Any) -> dict[str, Any]:
    """What changes the measurement: all but the gate."""
    measured: dict[str, Any] = config.model_dump(exclude={"gate"})
    return measured


def _inputs(lake: Lake) -> dict[str, str]:
    read = {"prompt_mix": answered(lake), "teacher_responses": lake.partitions("teacher_responses")}
    return {
        f"{asset}/{day}": artifact.data_version
        for asset, days in read.items()
        for day, artifact in days.items()
    }


def _uplift(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """Difference of each rate that both know."""
    return {
        name: after[name] - before[name]
        for name in after
        if name != "n" and after[name] is not None and before.get(name) is not None
    }
