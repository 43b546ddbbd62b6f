"""token_shards + student_base → training_readiness: may training begin?

Where the margin has a weight, negative_examples too, as for process_checkpoint.
"""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, one_line, produce
from resources.lake import Artifact, Lake
from resources.launcher import Launcher
from resources.profile import Profile
from resources.settings import Settings


@dg.asset(
    group_name="supervise",
    kinds={"torch", "json"},
    deps=["token_shards", "student_base", "negative_examples"],
    check_specs=[dg.AssetCheckSpec("all_green", asset="training_readiness", blocking=True)],
)
@one_line
def training_readiness(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """Before hours are spent: the masks say their text, nothing that is held out is trained on,
    each loss has a gradient, one batch overfits, disk and budget have room.
    """
    profile = settings.load()
    shards, base = lake.current("token_shards"), lake.current("student_base")

    def build(draft: Path) -> dict[str, Any]:
        lake.require_room()
        report = launcher.run("ops.readiness", given(lake, profile), draft)
        return {"report": [*report["checks"], budget(lake, profile)], **report["figures"]}

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        red = [f"{one['name']}: {one['found']}" for one in figures["report"] if not one["passed"]]
        told = "; ".join(red) or f"{len(figures['report'])} checks are green"
        return [Check("all_green", not red, told)]

    inputs = {"token_shards": shards.data_version, "student_base": base.data_version}
    if wrong := wrong_answers(lake, profile):
        inputs["negative_examples"] = wrong.data_version
    settings_of = [
        profile.process,
        profile.kd.agent,
        profile.readiness,
        profile.teacher.budget,
    ]
    yield from produce(context, lake, Recipe(inputs, settings_of, build, check))


def given(lake: Lake, profile: Profile) -> dict[str, Any]:
    """What ops.readiness looks at: the shards that are in the lake and all they were made of."""
    shards = lake.current("token_shards")
    base = lake.version("student_base", None, shards.inputs["student_base"])
    recorded = lake.version("trajectories", None, shards.inputs["trajectories"])
    days, wrong = daily.days_of(lake, shards), wrong_answers(lake, profile)
    mixes, responses, spans = (
        [str(one.path) for one in days[asset].values()] for asset in daily.ASSETS
    )
    return {
        "student": str(base.path / "student"),
        "fingerprint": lake.current("student_base").data_version,
        "shards": str(shards.path),
        "mixes": mixes,
        "responses": responses,
        "spans": [str(recorded.path), *spans],
        "process_supervision": profile.shards.process_supervision,
        "limits": profile.readiness.model_dump(),
        "config": profile.process.model_dump(),
        "agent": profile.kd.agent and profile.kd.agent.model_dump(),
        "negatives": str(wrong.path / "negatives.parquet") if wrong else None,
    }


def wrong_answers(lake: Lake, profile: Profile) -> Artifact | None:
    """What the margin reads; None where it has no weight."""
    weight = profile.process.supervision.margin.weight
    return lake.current("negative_examples") if weight else None


def budget(lake: Lake, profile: Profile) -> dict[str, Any]:
    """Is there money left for critiques, which the teacher is asked after the training?"""
    from ops.teacher import request

    limit, most = profile.teacher.budget, profile.critiques.most
    days = daily.days_of(lake, lake.current("token_shards"))
    spent = max(one.figures["spent_dollars"] for one in days["teacher_responses"].values())
    each = request.hold(profile.rewriter, request.CRITIQUE_BYTES).microdollars / 1e6
    left = limit - spent if limit else None
    enough = int(left / each) if left is not None and each else most
    of = "no limit" if left is None else f"${max(0.0, left):.4f} of ${limit:g} left"
    told = f"{of}: room for {max(0, min(most, enough))} of at most {most} critiques"
    return {"name": "budget for critiques", "passed": enough > 0 or most == 0, "found": told}
