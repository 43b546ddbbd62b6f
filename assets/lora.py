"""critique_table → lora_adapter → merged_model: the repair, and the student it makes."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.produce import Check, Events, Recipe, one_line, produce
from assets.training import restored
from resources.lake import Lake
from resources.launcher import Launcher
from resources.settings import Settings


@dg.asset(
    group_name="repair",
    kinds={"torch", "huggingface"},
    deps=["process_checkpoint", "failure_table", "critique_table", "token_shards"],
    check_specs=[dg.AssetCheckSpec("best_step_restored", asset="lora_adapter", blocking=True)],
)
@one_line
def lora_adapter(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """A PEFT adapter, trained on the corrections with examples of the shards against forgetting."""
    profile = settings.load()
    config = profile.lora
    student, critiques = lake.current("process_checkpoint"), lake.current("critique_table")
    shards = lake.current("token_shards")

    def build(draft: Path) -> dict[str, Any]:
        spec = {
            "student": str(student.path / "student"),
            "shards": str(shards.path),
            "critiques": str(critiques.path / "critiques.parquet"),
            "config": config.model_dump(),
        }
        return launcher.train("ops.lora", spec, draft, profile.launch)

    inputs = {
        "process_checkpoint": student.data_version,
        "critique_table": critiques.data_version,
        "token_shards": shards.data_version,
    }
    yield from produce(context, lake, Recipe(inputs, [config], build, restored, resumes=True))


@dg.asset(
    group_name="repair",
    kinds={"torch", "huggingface"},
    deps=["process_checkpoint", "lora_adapter"],
    check_specs=[dg.AssetCheckSpec("same_logits", asset="merged_model", blocking=True)],
)
@one_line
def merged_model(context: dg.AssetExecutionContext, lake: Lake, launcher: Launcher) -> Events:
    """One Hugging Face folder that computes what the student with its adapter computes."""
    student, adapter = lake.current("process_checkpoint"), lake.current("lora_adapter")

    def build(draft: Path) -> dict[str, Any]:
        spec = {"student": str(student.path / "student"), "adapter": str(adapter.path / "adapter")}
        return launcher.run("ops.lora.merged", spec, draft)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        found, allowed = figures["logits_relative_difference"], figures["tolerance"]
        told = (
            f"logits differ by at most {figures['logits_max_difference']:.1e}, {found:.1e} of the "
            f"largest; allowed {allowed:.0e} in {figures['dtype']}"
        )
        return [Check("same_logits", found <= allowed, told)]

    inputs = {"process_checkpoint": student.data_version, "lora_adapter": adapter.data_version}
    yield from produce(context, lake, Recipe(inputs, [], build, check))
