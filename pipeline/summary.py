"""What a person reads when a run has ended: figures, quality, failures, what to try next."""

from typing import Any

from rich.console import Console
from rich.table import Table

from ops.report.quality import changes, quality
from resources.lake import Artifact, Lake
from resources.warehouse.tables import LINK

# Each asset's one figure: the figure's name, and how it reads.
FIGURE = {
    "prompt_mix": ("prompts", "{} prompts"),
    "teacher_responses": ("accepted", "{} accepted answers"),
    "student_base": ("parameters", "{:,} parameters"),
    "process_spans": ("spans", "{} spans"),
    "trajectories": ("texts", "{} recorded conversations"),
    "token_shards": ("tokens", "{:,} tokens"),
    "negative_examples": ("negatives", "{} wrong answers beside right ones"),
    "training_readiness": ("checks", "{} "),
    "kd_checkpoint": ("best_validation", "{:.3f} nats a token, validation"),
    "process_checkpoint": ("best_validation", "{:.3f} weighted nats, validation"),
    "process_evaluation": ("prompts", "{} prompts, twice"),
    "failure_table": ("failures", "{} failures"),
    "critique_table": ("critiques", "{} critiques"),
    "lora_adapter": ("corrections", "{} corrections"),
    "merged_model": ("logits_max_difference", "{:.1e} largest logit difference"),
    "merged_evaluation": ("gate", "{}"),
    "coreml_worker": ("verdict", "{}"),
    "distillation_report": ("assets", "{} artifacts on one page"),
}


def summarise(lake: Lake, day: str, console: Console) -> None:
    """Print all of it for what the lake holds now."""
    artifacts = {asset: _artifact(lake, asset, day) for asset in FIGURE}
    _assets(artifacts, console)
    before, after = artifacts["process_evaluation"], artifacts["merged_evaluation"]
    if before and after:
        _quality(before.figures, after.figures, console)
        _changes(after.figures, console)
    if artifacts["failure_table"]:
        _failures(artifacts["failure_table"].figures["by_category"], console)
    _next(lake, artifacts, console)


def _artifact(lake: Lake, asset: str, day: str) -> Artifact | None:
    for partition in (day, None):
        if (lake.folder(asset, partition) / "current").exists():
            return lake.current(asset, partition)
    return None


def _assets(artifacts: dict[str, Artifact | None], console: Console) -> None:
    table = Table("asset", "seconds", "figure", title="What was made", title_justify="left")
    table.columns[1].justify = "right"
    for asset, artifact in artifacts.items():
        if artifact is not None:
            table.add_row(asset, f"{artifact.seconds:.1f}", _figure(asset, artifact.figures))
    console.print(table)


def _figure(asset: str, figures: dict[str, Any]) -> str:
    name, reads = FIGURE[asset]
    if asset == "training_readiness":
        return "; ".join(str(check["found"]) for check in figures["checks"])
    if "not_run" in figures:
        return f"not run: {figures['not_run']}"
    return reads.format(figures[name]) if name in figures else ""


def _quality(before: dict[str, Any], after: dict[str, Any], console: Console) -> None:
    told = quality(before, after)
    title = "Quality before and after the repair, with 95 % intervals"
    table = Table("held-out prompts", *told["columns"], title=title, title_justify="left")
    for row in told["rows"]:
        table.add_row(row["name"], *row["values"])
    console.print(table)


def _changes(after: dict[str, Any], console: Console) -> None:
    told = changes(after)
    title = "What the repair changed, held-out prompts, free decoding"
    table = Table(*told["columns"], title=title, title_justify="left")
    for row in told["rows"]:
        table.add_row(*row)
    console.print(table)
    console.print(told["forgotten"], highlight=False)


def _failures(by_category: dict[str, int], console: Console) -> None:
    counted = ", ".join(
        f"{name} {count}" for name, count in sorted(by_category.items(), key=lambda pair: -pair[1])
    )
    console.print(f"Failures before the repair: {counted or 'none'}", highlight=False)


def _next(lake: Lake, artifacts: dict[str, Artifact | None], console: Console) -> None:
    worker = lake.folder("coreml_worker") / "current" / "worker.mlpackage"
    report = lake.folder("distillation_report") / "current" / "report.html"
    if artifacts["coreml_worker"]:
        console.print(f"Package:  {worker}", highlight=False, soft_wrap=True)
    if artifacts["distillation_report"]:
        console.print(f"Report:   {report}", highlight=False, soft_wrap=True)
    console.print(f"SQL file: {lake.base / LINK}", highlight=False, soft_wrap=True)
    console.print(
        "Dagster:  make dev, then http://127.0.0.1:3000\n"
        "Try next:\n"
        '  .venv/bin/apprentice sql "select category, count(*) from failures group by 1"\n'
        "  .venv/bin/apprentice run --profile tiny --set kd.training.epochs=4\n"
        "  .venv/bin/apprentice doctor",
        highlight=False,
    )
