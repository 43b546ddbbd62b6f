"""prompt_mix → student_base: the tokenizer and weights that training starts from."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Events, Recipe, digest_of, one_line, produce
from ops.student.source import files
from resources.lake import Lake
from resources.launcher import Launcher
from resources.profile import CONFIGS, ROOT
from resources.settings import Settings


@dg.asset(group_name="supervise", kinds={"huggingface"}, deps=["prompt_mix"])
@one_line
def student_base(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """The untrained student. A scratch student's tokenizer is trained on the first mix and stays:
    another tokenizer would make every shard and checkpoint stale. A pretrained one is adopted.
    """
    profile = settings.load()

    def build(draft: Path) -> dict[str, Any]:
        mixes = lake.partitions("prompt_mix")
        days = daily.newest(mixes, profile.shards.days)
        spec = {
            "prompts": [str(mixes[day].path / "prompts.parquet") for day in days],
            "config": profile.student.model_dump(),
        }
        return launcher.run("ops.student", spec, draft)

    inputs = {"registry": digest_of(CONFIGS / profile.prompts.registry)}
    if profile.student.tokenizer is not None:
        inputs["tokenizer"] = digest_of(ROOT / profile.student.tokenizer / "tokenizer.json")
    if profile.student.base is not None:
        inputs |= _weights(ROOT / profile.student.base)
    sources, generated = profile.prompts.sources, profile.prompts.registry_share > 0
    yield from produce(
        context,
        lake,
        Recipe(
            inputs,
            [profile.student, [source.path for source in sources], generated],
            build,
        ),
    )


def _weights(base: Path) -> dict[str, str]:
    """Digests of what a pretrained student is made of; that there is nothing is told later."""
    return {path.name: digest_of(path) for path in files(base)}
