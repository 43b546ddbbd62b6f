"""teacher_responses → process_spans: where in the training text the decisions stand."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.daily import DAILY
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.prompts.contract import PROMPTS
from ops.spans.contract import SPANS, TEXTS
from ops.teacher.contract import RESPONSES
from resources.lake import Artifact, Lake
from resources.settings import Settings

if TYPE_CHECKING:
    from ops.spans.supervision import Supervision


@dg.asset(
    group_name="supervise",
    kinds={"parquet"},
    partitions_def=DAILY,
    deps=["prompt_mix", "teacher_responses", "student_base"],
    metadata=described(SPANS),
    check_specs=[
        dg.AssetCheckSpec("spans_are_where_they_say", asset="process_spans", blocking=True)
    ],
)
@one_line
def process_spans(context: dg.AssetExecutionContext, settings: Settings, lake: Lake) -> Events:
    """Each accepted answer in the student's chat template; its spans in characters and tokens."""
    day = context.partition_key
    responses = lake.current("teacher_responses", day)
    mix = lake.version("prompt_mix", day, responses.inputs["prompt_mix"])
    base, room = lake.current("student_base"), settings.load().student.context
    yield from produce(context, lake, supervision(mix, responses, base, room))


def supervision(mix: Artifact, responses: Artifact, base: Artifact, context: int) -> Recipe:
    """What process_spans of a day is made of; `context` is the student's, in tokens."""
    student = base.path / "student"

    def build(draft: Path) -> dict[str, Any]:
        from ops.spans.build import build as spans_of
        from ops.student import tokenizer

        prompts = {
            row["prompt_id"]: row
            for row in tables.rows(tables.read(mix.path / "prompts.parquet", PROMPTS))
        }
        answers = tables.rows(tables.read(responses.path / "responses.parquet", RESPONSES))
        made = spans_of(
            ((prompts[row["prompt_id"]], row) for row in answers),
            tokenizer.load(student),
            base.data_version,
            context,
        )
        asked = [prompts[row["prompt_id"]] for row in answers]
        return put(made, draft) | _context_cost(mix, asked, student)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        return [where_they_say(draft, student)]

    inputs = {
        "prompt_mix": mix.data_version,
        "teacher_responses": responses.data_version,
        "student_base": base.data_version,
    }
    return Recipe(inputs, [context], build, check)


def put(made: "Supervision", draft: Path) -> dict[str, Any]:
    """Write the three tables; their figures."""
    tables.write(made.texts, draft / "texts.parquet")
    tables.write(made.spans, draft / "spans.parquet")
    tables.write(made.skipped, draft / "skipped.parquet")
    return made.figures


def where_they_say(draft: Path, student: Path) -> Check:
    """Whether the spans of a draft hold what they say, in characters and in tokens."""
    from ops.spans.check import problems
    from ops.student import tokenizer

    spans = tables.read(draft / "spans.parquet", SPANS)
    texts = tables.read(draft / "texts.parquet", TEXTS)
    found = problems(texts, spans, tokenizer.load(student))
    told = f"{len(found)} of {spans.num_rows} spans are wrong"
    told += "".join(f"; {one}" for one in found[:3])
    return Check("spans_are_where_they_say", not found, told)


def _context_cost(mix: Artifact, prompts: list[dict[str, Any]], student: Path) -> dict[str, Any]:
    """Tokens that the project's words add to an example, measured in the student's template."""
    words = mix.figures.get("context", "")
    if not words or not prompts:
        return {}
    from ops.caws.attach import detach, overhead
    from ops.student import tokenizer
    from ops.student.render import render_prompt

    reader = tokenizer.load(student)

    def cost(row: dict[str, Any]) -> int:
        messages, tools = json.loads(row["messages"]), json.loads(row["tools"])

        def count(shown: list[dict[str, Any]]) -> int:
            text = render_prompt(reader, shown, tools)
            return len(reader(text, add_special_tokens=False)["input_ids"])

        return overhead(detach(messages, words), words, count)

    found = [cost(row) for row in prompts]
    return {
        "context_tokens_mean": round(sum(found) / len(found), 2),
        "context_tokens_most": max(found),
    }
