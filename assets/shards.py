"""process_spans of the window's days → token_shards: examples as aligned tokens."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, caught_up, described, one_line, produce
from assets.spans import supervision
from assets.trajectories import imported
from ops.shards.contract import SHARD
from resources.lake import Lake
from resources.settings import Settings


@dg.asset(
    group_name="supervise",
    kinds={"parquet"},
    deps=["prompt_mix", "teacher_responses", "process_spans", "trajectories", "student_base"],
    metadata=described(SHARD),
    check_specs=[dg.AssetCheckSpec("examples_are_whole", asset="token_shards", blocking=True)],
)
@one_line
def token_shards(context: dg.AssetExecutionContext, settings: Settings, lake: Lake) -> Events:
    """The examples of the newest days as tokens with a span kind each, the batch plan, and
    kd_mix.jsonl. A day that was answered without spans of this student gets them first, and
    trajectories are brought to the days' held-out prompts.
    """
    profile = settings.load()
    base = lake.current("student_base")
    days = daily.window(lake, profile.shards.days)
    mixes, responses = days["prompt_mix"], days["teacher_responses"]
    spans = days["process_spans"] = {
        day: caught_up(
            context,
            lake,
            ("process_spans", day),
            supervision(mixes[day], responses[day], base, profile.student.context),
        )
        for day in responses
    }

    recorded = caught_up(context, lake, ("trajectories", None), imported(profile, lake))

    def build(draft: Path) -> dict[str, Any]:
        from ops.shards.store import Day, store
        from ops.student import tokenizer

        return store(
            [Day(mixes[day].path, responses[day].path, spans[day].path) for day in responses],
            tokenizer.load(base.path / "student"),
            profile.shards,
            draft,
            [recorded.path],
        )

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        from ops.shards.check import check as problems_in
        from ops.student import tokenizer

        heldout = {prompt for mix in mixes.values() for prompt in _heldout(mix.path)}
        vocabulary = len(tokenizer.load(base.path / "student"))
        found = problems_in(draft, vocabulary, profile.student.context, heldout)
        told = "; ".join(found[:3]) or f"{figures['train']} train, {figures['repair']} repair"
        return [Check("examples_are_whole", not found and figures["train"] > 0, told)]

    inputs = {"student_base": base.data_version, "trajectories": recorded.data_version}
    inputs |= daily.inputs(days)
    # Which days there are is in the inputs; how many there may be changes nothing.
    settings_of = [profile.shards.model_dump(exclude={"days"}), profile.student.context]
    yield from produce(context, lake, Recipe(inputs, settings_of, build, check))


def _heldout(mix: Path) -> list[str]:
    from ops.examples.scan import scan
    from ops.prompts.contract import PROMPTS

    rows = scan(mix / "prompts.parquet", PROMPTS, ["prompt_id", "split"])
    return [row["prompt_id"] for row in rows if row["split"] == "heldout"]
