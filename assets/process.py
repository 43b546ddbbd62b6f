"""token_shards + kd_checkpoint → process_checkpoint: more weight where the student decides.

Where the margin has a weight, negative_examples too; else they are not read, and no part of its
version.
"""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.produce import Events, Recipe, described, one_line, produce
from assets.training import restored
from ops.training.contract import STEPS
from resources.lake import Lake
from resources.launcher import Launcher
from resources.settings import Settings


@dg.asset(
    group_name="train",
    kinds={"torch", "huggingface"},
    deps=["token_shards", "kd_checkpoint", "negative_examples"],
    metadata=described(STEPS),
    check_specs=[
        dg.AssetCheckSpec("best_step_restored", asset="process_checkpoint", blocking=True)
    ],
)
@one_line
def process_checkpoint(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """Student weights after supervision of tool names, arguments and use of results."""
    profile = settings.load()
    config = profile.process
    kd, shards = lake.current("kd_checkpoint"), lake.current("token_shards")

    inputs = {"kd_checkpoint": kd.data_version, "token_shards": shards.data_version}
    wrong = {}
    if config.supervision.margin.weight:
        negatives = lake.current("negative_examples")
        inputs["negative_examples"] = negatives.data_version
        wrong["negatives"] = str(negatives.path / "negatives.parquet")

    def build(draft: Path) -> dict[str, Any]:
        spec = {
            "student": str(kd.path / "student"),
            "shards": str(shards.path),
            "config": config.model_dump(),
        } | wrong
        return launcher.train("ops.process", spec, draft, profile.launch)

    yield from produce(context, lake, Recipe(inputs, [config], build, restored, resumes=True))
