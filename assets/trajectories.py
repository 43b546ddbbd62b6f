"""files of recorded conversations → trajectories: training texts that the teacher did not write."""

from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, described, one_line, produce
from assets.prompts import source_digest
from assets.spans import put, where_they_say
from ops.spans.contract import SPANS
from resources.lake import Lake
from resources.profile import ROOT, Profile
from resources.settings import Settings


@dg.asset(
    group_name="supervise",
    kinds={"parquet"},
    deps=["prompt_mix", "teacher_responses", "student_base"],
    metadata=described(SPANS),
    check_specs=[
        dg.AssetCheckSpec("spans_are_where_they_say", asset="trajectories", blocking=True)
    ],
)
@one_line
def trajectories(context: dg.AssetExecutionContext, settings: Settings, lake: Lake) -> Events:
    """Recorded conversations in the student's chat template; the spans in each of their answers.
    What the mix of a day in the window holds out is held out here too.
    """
    yield from produce(context, lake, imported(settings.load(), lake))


def imported(profile: Profile, lake: Lake) -> Recipe:
    """What trajectories is made of; without sources it is empty and reads nothing.

    Raises:
        ContractError: the window has no answered day, or there is no student.
        InputError: a source cannot be read.
    """
    if not profile.trajectories.sources:
        found = Check("spans_are_where_they_say", True, "there are none")
        return Recipe({}, [], _nothing, lambda draft, figures: [found])
    base = lake.current("student_base")
    mixes = daily.window(lake, profile.shards.days)["prompt_mix"]
    sources = {source: (ROOT / source.path).resolve() for source in profile.trajectories.sources}

    def build(draft: Path) -> dict[str, Any]:
        from ops.prompts.split import split_of
        from ops.spans.supervision import Supervised
        from ops.student import tokenizer
        from ops.trajectories.boundary import Boundary
        from ops.trajectories.build import Rules, Source
        from ops.trajectories.build import build as trajectories_of
        from ops.trajectories.heldout import Mixes

        lake.require_room()
        shares, by_hash = profile.prompts.splits, profile.trajectories.split == "hash"
        rules = Rules(
            Boundary(profile.teacher),
            Mixes(daily.files(mixes, "prompts.parquet")),
            partial(split_of, shares=shares) if by_hash else lambda prompt_id: "train",
            profile.prompts.long_characters,
        )
        student = tokenizer.load(base.path / "student")
        made = Supervised(student, base.data_version, profile.student.context)
        given = [Source(at, one.name, one.licence or "") for one, at in sources.items()]
        return put(trajectories_of(given, rules, student, made), draft)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        return [where_they_say(draft, base.path / "student")]

    inputs = {"student_base": base.data_version} | daily.inputs({"prompt_mix": dict(mixes)})
    inputs |= {str(path): source_digest(path) for path in sources.values()}
    settings = [
        profile.trajectories,
        profile.student.context,
        profile.teacher.reasoning,
        profile.prompts.splits,
        profile.prompts.long_characters,
    ]
    return Recipe(inputs, settings, build, check)


def _nothing(draft: Path) -> dict[str, Any]:
    from ops.spans.supervision import empty

    return put(empty(), draft) | {"sources": "none in the profile"}
