"""process_spans of the shards' days → negative_examples: wrong answers beside the right ones."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.negatives.contract import NEGATIVES
from ops.prompts.contract import settled
from ops.prompts.registry import load_registry
from resources.lake import Lake
from resources.profile import CONFIGS
from resources.settings import Settings


@dg.asset(
    group_name="supervise",
    kinds={"parquet"},
    deps=["token_shards", "prompt_mix", "process_spans", "student_base"],
    metadata=described(NEGATIVES),
    check_specs=[
        dg.AssetCheckSpec("each_is_wrong_in_its_own_way", asset="negative_examples", blocking=True)
    ],
)
@one_line
def negative_examples(context: dg.AssetExecutionContext, settings: Settings, lake: Lake) -> Events:
    """Pairs of a right and a wrong answer to train prompts, and the tokens in which they differ.
    process_checkpoint takes them where its margin has a weight. Published for SQL as `negatives`.
    """
    profile = settings.load()
    registry = load_registry(CONFIGS / profile.prompts.registry)
    # The shards chose the days and the tokenizer; what they are made of is read, not they.
    shards = lake.current("token_shards")
    base = lake.version("student_base", None, shards.inputs["student_base"])
    days = daily.days_of(lake, shards)
    prompts = settled(daily.files(days["prompt_mix"], "prompts.parquet"))

    def build(draft: Path) -> dict[str, Any]:
        from ops.negatives.build import Source
        from ops.negatives.build import build as negatives_of
        from ops.student import tokenizer

        texts = daily.files(days["process_spans"], "texts.parquet")
        source = Source(prompts, texts, registry.tools)
        reader = tokenizer.load(base.path / "student")
        return negatives_of(source, reader, profile.negatives, profile.student.context, draft)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        from ops.negatives.check import problems
        from ops.student import tokenizer

        made = tables.read(draft / "negatives.parquet", NEGATIVES)
        found = problems(made, prompts, tokenizer.load(base.path / "student"))
        told = "; ".join(found[:3]) or f"{figures['negatives']} negatives are rejected"
        return [Check("each_is_wrong_in_its_own_way", not found, told)]

    inputs = {"student_base": base.data_version, "registry": registry.fingerprint}
    inputs |= daily.inputs({name: days[name] for name in ("prompt_mix", "process_spans")})
    settings_of = [profile.negatives, profile.student.context]
    yield from produce(context, lake, Recipe(inputs, settings_of, build, check))
