"""A student on unseen prompts: process_evaluation before the repair, merged_evaluation after it."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.judge import judged
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.evaluation.contract import BROKERED, EVALUATIONS, SPLITS
from ops.evaluation.header import FILE
from resources.judge import Judge, judge_of
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
    days, config = _judging(lake, student), settings.load().evaluation

    judge = judge_of(settings, lake)

    def build(draft: Path) -> dict[str, Any]:
        figures = _evaluate(_spec(student, days, config), launcher, draft)
        return figures | _judged(judge, config, days, draft, context)

    inputs = {"process_checkpoint": student.data_version} | daily.inputs(days) | _asks(judge)
    yield from produce(context, lake, Recipe(inputs, [_measured(config)], build, resumes=True))


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
    """The repaired student on the same prompts, compared prompt by prompt, and the gate."""
    config = settings.load().evaluation
    student, before = lake.current("merged_model"), lake.current("process_evaluation")
    days, judge = _judging(lake, student), judge_of(settings, lake)

    def build(draft: Path) -> dict[str, Any]:
        spec = _spec(student, days, config) | {"against": str(before.path / FILE)}
        figures = _evaluate(spec, launcher, draft)
        figures |= _compared(before, draft, figures, config)
        return figures | _judged(judge, config, days, draft, context)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        enforced = config.gate.mode == "enforce"
        return [Check("gate", figures["gate_passed"], figures["gate"], blocks=enforced)]

    inputs = {"merged_model": student.data_version, "process_evaluation": before.data_version}
    inputs |= daily.inputs(days) | _asks(judge)
    yield from produce(context, lake, Recipe(inputs, [config], build, check, resumes=True))


def _judging(lake: Lake, student: Artifact) -> daily.Window:
    """Prompts and answers of the days that the student was trained on."""
    days = daily.days_of(lake, student)
    return {asset: days[asset] for asset in READS}


def _spec(student: Artifact, days: daily.Window, config: Any) -> dict[str, Any]:
    prompts, responses = (days[asset] for asset in READS)
    return {
        "student": str(student.path / "student"),
        "prompts": [str(path) for path in daily.files(prompts, "prompts.parquet")],
        "responses": [str(path) for path in daily.files(responses, "responses.parquet")],
        "config": config.model_dump(exclude={"judge"}),
    }


def _asks(judge: Judge | None) -> dict[str, str]:
    """The judge among the inputs of a recipe."""
    return {"judge": judge.identity()} if judge else {}


def _judged(
    judge: Judge | None,
    config: Any,
    days: daily.Window,
    draft: Path,
    context: dg.AssetExecutionContext,
) -> dict[str, Any]:
    """What the judge says of the words in the draft, where there is one."""
    if judge is None:
        return {}
    mixes = daily.files(days["prompt_mix"], "prompts.parquet")
    return judged(judge, config.judge, mixes, draft, context.log.info)


def _evaluate(spec: dict[str, Any], launcher: Launcher, draft: Path) -> dict[str, Any]:
    from ops.evaluation.summary import replayed, summarise

    figures = launcher.run("ops.evaluation", spec, draft)
    table = tables.read(draft / "evaluations.parquet", EVALUATIONS)
    talks = tables.read(draft / "brokered.parquet", BROKERED)
    figures |= {split: summarise(table, split) for split in SPLITS}
    return figures | {"replayed": {split: replayed(talks, split) for split in SPLITS}}


def _compared(
    before: Artifact, draft: Path, figures: dict[str, Any], config: Any
) -> dict[str, Any]:
    """The comparison on disk, and what it comes to: the gate, the uplift, what was forgotten."""
    from ops.evaluation.compare import compare, forgetting, uplift
    from ops.evaluation.gate import SHIPPED, judge

    was, now = (
        tables.read(folder / "evaluations.parquet", EVALUATIONS) for folder in (before.path, draft)
    )
    comparison = compare(was, now)
    tables.write(comparison, draft / "comparison.parquet")
    split, mode = SHIPPED
    verdict = judge(figures[split].get(mode, {}), comparison.to_pylist(), config.gate)
    return {
        "gate_passed": verdict.passed,
        "gate": verdict.sentence(),
        "uplift": uplift(comparison, *SHIPPED),
        "forgotten": forgetting(was, now, *SHIPPED),
    }


def _measured(config: Any) -> dict[str, Any]:
    """What changes the measurement: all but the gate."""
    measured: dict[str, Any] = config.model_dump(exclude={"gate"})
    return measured
