"""Everything → distillation_report: the run on one page, and a model card."""

import json
from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Events, Recipe, one_line, produce
from resources.lake import Artifact, Lake
from resources.settings import Settings
from resources.warehouse.snapshot import Warehouse

WHOLE = (
    "student_base",
    "trajectories",
    "token_shards",
    "negative_examples",
    "training_readiness",
    "kd_checkpoint",
    "process_checkpoint",
    "process_evaluation",
    "failure_table",
    "critique_table",
    "lora_adapter",
    "merged_model",
    "merged_evaluation",
    "coreml_worker",
)


@dg.asset(group_name="ship", kinds={"html", "duckdb"}, deps=[*daily.ASSETS, *WHOLE])
@one_line
def distillation_report(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, warehouse: Warehouse
) -> Events:
    """One HTML file and a model card; publishes the last SQL snapshot of the run."""
    days = daily.days_of(lake, lake.current("token_shards"))
    artifacts = [
        (asset, day, artifact) for asset, listed in days.items() for day, artifact in listed.items()
    ] + [(asset, "", lake.current(asset)) for asset in WHOLE]

    def build(draft: Path) -> dict[str, Any]:
        from ops.report.write import write

        write(_facts(settings, artifacts), draft)
        return {"assets": len(artifacts)}

    inputs = {f"{asset}/{day}": artifact.data_version for asset, day, artifact in artifacts}
    yield from produce(context, lake, Recipe(inputs, [settings.load().name], build))
    warehouse.publish(days)


def _facts(settings: Settings, artifacts: list[tuple[str, str, Artifact]]) -> dict[str, Any]:
    from ops.evaluation.rates import package_answers
    from ops.report import write
    from ops.report.quality import changes, quality

    profile = settings.load()
    by_name = {asset: artifact for asset, _, artifact in artifacts}
    base, after = by_name["student_base"].figures, by_name["merged_evaluation"].figures
    worker = by_name["coreml_worker"]
    verified = json.loads((worker.path / "verification.json").read_text(encoding="utf-8"))
    curves = [
        write.curve(stage, by_name[asset].path / "steps.parquet")
        for stage, asset in (
            ("kd", "kd_checkpoint"),
            ("process", "process_checkpoint"),
            ("lora", "lora_adapter"),
        )
        if (by_name[asset].path / "steps.parquet").exists()
    ]
    counted = by_name["failure_table"].figures["by_category"]
    return {
        "profile": profile.name,
        "teacher": f"{profile.teacher.model} at {profile.teacher.endpoint}",
        "student": f"{base['parameters'] / 1e6:.1f} M parameters from {base['from']}",
        "gate": after["gate"],
        "gate_passed": after["gate_passed"],
        "quality": quality(by_name["process_evaluation"].figures, after),
        "changes": changes(after),
        "failures": sorted(counted.items(), key=lambda pair: -pair[1]),
        "curves": curves,
        "package": {
            "verdict": worker.figures["verdict"],
            "checks": verified["checks"],
            "answers": package_answers(worker.figures["figures"]["answers"]),
        },
        "lineage": [
            {
                "asset": asset,
                "partition": day,
                "seconds": artifact.seconds,
                "version": artifact.data_version[:12],
                "figures": write.brief(artifact.figures),
            }
            for asset, day, artifact in artifacts
        ],
    }
