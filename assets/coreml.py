"""merged_model → coreml_worker: a CoreML package that was checked as saved, without a Mac."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import daily
from assets.produce import Check, Events, Recipe, one_line, produce
from ops.coreml.config import CoreMLConfig
from ops.coreml.package import content_digest
from ops.errors import GateError
from ops.evaluation import header
from ops.evaluation.config import GateConfig
from resources.lake import Artifact, Lake
from resources.launcher import Launcher
from resources.settings import Settings

PROBES = 6


@dg.asset(
    group_name="ship",
    kinds={"coreml"},
    deps=["merged_model", "merged_evaluation", "prompt_mix"],
    check_specs=[
        dg.AssetCheckSpec("computes_what_torch_computes", asset="coreml_worker", blocking=True)
    ],
)
@one_line
def coreml_worker(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """worker.mlpackage, tokenizer, contract, golden vectors, and the verification of its files."""
    config = settings.load().coreml
    model, evaluation = lake.current("merged_model"), lake.current("merged_evaluation")
    require_gate(model, evaluation, settings.load().evaluation.gate)

    def build(draft: Path) -> dict[str, Any]:
        spec = {
            "student": str(model.path / "student"),
            "config": config.model_dump(),
            "probes": _probes(lake, model),
            "prompts": _prompts(lake, model, config.evaluate),
            "max_new_tokens": limit(evaluation),
            "origin": {
                "profile": settings.load().name,
                "merged_model": model.data_version,
                "merged_evaluation": evaluation.data_version,
            },
        }
        figures = launcher.run("ops.coreml", spec, draft)
        verified = figures.pop("checks")
        return figures | {"verdict": _verdict(verified)}

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        return [Check("computes_what_torch_computes", figures["passed"], figures["verdict"])]

    inputs = {"merged_model": model.data_version, "merged_evaluation": evaluation.data_version}
    yield from produce(context, lake, Recipe(inputs | adapters(config), [config], build, check))


def adapters(config: CoreMLConfig) -> dict[str, str]:
    """A hash of the files of every adapter that the package takes, by the function's name."""
    return {
        f"functions.{name}": content_digest(Path(function.adapter))
        for name, function in config.functions.items()
        if function.adapter
    }


def require_gate(model: Artifact, evaluation: Artifact, gate: GateConfig) -> None:
    """Let nothing ship that was not measured as it is now, or that an enforced gate stopped.

    Raises:
        GateError: the evaluation is of another model, or its gate failed and is enforced.
    """
    if evaluation.inputs.get("merged_model") != model.data_version:
        raise GateError(
            "merged_evaluation in the lake is of another model than merged_model; materialize "
            "merged_evaluation, then coreml_worker again"
        )
    if gate.mode == "enforce" and not evaluation.figures["gate_passed"]:
        raise GateError(f"{evaluation.figures['gate']}; evaluation.gate.mode is enforce")


def limit(evaluation: Artifact) -> int:
    """Tokens that an answer might have there: the package's rates are to stand beside its own."""
    return int(header.read(evaluation.path / header.FILE)["decoding"]["max_new_tokens"])


def _verdict(checks: list[dict[str, Any]]) -> str:
    """What the checks of the saved files came to, in a line."""
    failed = [
        f"{one['name']} is {one['value']:.3g}, wanted {one['rule']} {one['bound']:g}"
        + (f" ({one['where']})" if one["where"] else "")
        for one in checks
        if not one["passed"]
    ]
    return "; ".join(failed) or f"all {len(checks)} checks of the saved files passed"


def _probes(lake: Lake, model: Artifact) -> list[list[int]]:
    """Held-out prompts as the student reads them."""
    from ops.evaluation.probes import probes
    from ops.student import tokenizer

    mixes = daily.files(daily.days_of(lake, model)["prompt_mix"], "prompts.parquet")
    return probes(mixes, tokenizer.load(model.path / "student"), PROBES)


def _prompts(lake: Lake, model: Artifact, count: int) -> list[dict[str, Any]]:
    """The first held-out prompts by id, which is a hash."""
    from ops.prompts.contract import settled

    mixes = daily.files(daily.days_of(lake, model)["prompt_mix"], "prompts.parquet")
    rows = (row for row in settled(mixes).values() if row["split"] == "heldout")
    return sorted(rows, key=lambda row: str(row["prompt_id"]))[:count]
