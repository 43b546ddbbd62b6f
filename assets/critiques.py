"""failure_table → critique_table: the teacher on the student's failures, and what is right."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.critiques.contract import CRITIQUES, UNREPAIRED
from ops.failures.contract import FAILURES
from ops.prompts.contract import settled
from ops.teacher.contract import RESPONSES, UNFINISHED
from ops.teacher.wire import Answer
from resources.lake import Lake
from resources.profile import Profile
from resources.settings import Settings
from resources.teacher import Answers, Teacher


@dg.asset(
    group_name="repair",
    kinds={"openai", "parquet"},
    deps=["failure_table", "prompt_mix", "teacher_responses", "process_checkpoint"],
    metadata=described(CRITIQUES),
    check_specs=[
        dg.AssetCheckSpec("no_heldout_prompt", asset="critique_table", blocking=True),
        dg.AssetCheckSpec("corrections_pass_the_scorer", asset="critique_table", blocking=True),
    ],
)
@one_line
def critique_table(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, teacher: Teacher
) -> Events:
    """Bad output, critique and corrected output for repair failures; the rest with a reason.

    The corrections lie there as JSON lines in the published form too.
    """
    profile = settings.load()
    failures, checkpoint = lake.current("failure_table"), lake.current("process_checkpoint")
    days = daily.days_of(lake, failures)
    prompts = settled(daily.files(days["prompt_mix"], "prompts.parquet"))
    answers = days["teacher_responses"]

    def build(draft: Path) -> dict[str, Any]:
        from ops.critiques import correct
        from ops.critiques.export import export
        from ops.student import tokenizer

        failed = tables.rows(tables.read(failures.path / "failures.parquet", FAILURES))
        chosen = correct.to_repair(failed, profile.critiques.most)
        asked = teacher.ask(
            [request_of(profile, prompts[row["prompt_id"]], row) for row in chosen],
            "critiques",
            context.log.info,
            profile.rewriter,
        )
        first = _first_answers(daily.files(answers, "responses.parquet"))
        reader = tokenizer.load(checkpoint.path / "student")
        rewriter = correct.Rewriter(reader, profile.critiques)
        pairs = [
            rewriter.correct(row, prompts[row["prompt_id"]], reply, first.get(row["prompt_id"]))
            for row, reply in zip(chosen, _replies(asked, profile), strict=True)
        ]
        critiques = [correction for correction, _ in pairs if correction]
        unrepaired = [left for _, left in pairs if left]
        tables.write(tables.from_rows(critiques, CRITIQUES), draft / "critiques.parquet")
        tables.write(tables.from_rows(unrepaired, UNREPAIRED), draft / "unrepaired.parquet")
        export(critiques, prompts, draft)
        return _figures(asked, critiques, unrepaired)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        return _checks(draft, prompts)

    inputs = {
        "failure_table": failures.data_version,
        "endpoint": teacher.identity(),
        "process_checkpoint": checkpoint.data_version,
    }
    inputs |= daily.inputs({"teacher_responses": answers})
    settings_of = [
        profile.critiques,
        profile.teacher.model_dump(include={"model", "temperature", "reasoning"}),
    ]
    yield from produce(context, lake, Recipe(inputs, settings_of, build, check))


def request_of(profile: Profile, prompt: dict[str, Any], failure: dict[str, Any]) -> dict[str, Any]:
    """The body of the request for one failure: all that the teacher sees of it."""
    from ops.critiques import ask
    from ops.teacher.request import body

    asked = ask.question(prompt, failure, profile.critiques.show_reference)
    request = body(profile.rewriter, asked, json.loads(prompt["tools"]))
    return request | {"response_format": ask.RESPONSE_FORMAT}


def _first_answers(days: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """The teacher's accepted answers by their prompts."""
    listed = (row for path in days for row in tables.rows(tables.read(path, RESPONSES)))
    return {row["prompt_id"]: row for row in listed}


def _replies(asked: Answers, profile: Profile) -> Iterator[Answer]:
    """What the teacher replied, as today's policy about reasoning allows it to be used."""
    from ops.teacher import policy

    return (policy.apply(one.answer, profile.teacher) for one in asked)


def _figures(
    asked: Answers, critiques: list[dict[str, Any]], unrepaired: list[dict[str, Any]]
) -> dict[str, Any]:
    refused = Counter(row["reason"] for row in [*critiques, *unrepaired] if row["reason"])
    return asked.tally.figures() | {
        "failures_asked": len(asked),
        "critiques": sum(row["origin"] == "critique" for row in critiques),
        "first_answers": sum(row["origin"] == "first_answer" for row in critiques),
        "unrepaired": len(unrepaired),
        "refused": dict(sorted(refused.items())),
        "saw_reference": sum(row["saw_reference"] for row in critiques),
        "cost_dollars": sum(one.cost for one in asked) / 1e6,
        "unfinished": sum(row["reason"] in UNFINISHED for row in unrepaired),
    }


def _checks(draft: Path, prompts: dict[str, dict[str, Any]]) -> list[Check]:
    from ops.critiques.check import failing, outside

    rows = tables.rows(tables.read(draft / "critiques.parquet", CRITIQUES))
    leaked, wrong = outside(rows, prompts), failing(rows, prompts)
    return [
        Check(
            "no_heldout_prompt",
            not leaked,
            f"{len(leaked)} corrections outside the repair split",
        ),
        Check("corrections_pass_the_scorer", not wrong, f"{len(wrong)} of {len(rows)} fail it"),
    ]
