"""process_evaluation → failure_table: why the student fails, a category and its evidence each."""

from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from assets import daily
from assets.produce import Check, Events, Recipe, described, one_line, produce
from ops import tables
from ops.evaluation.contract import EVALUATIONS
from ops.failures.contract import CLUSTERS, FAILURES
from ops.prompts.contract import PROMPTS, settled
from resources.lake import Lake
from resources.launcher import Launcher
from resources.warehouse.snapshot import Warehouse


@dg.asset(
    group_name="judge",
    kinds={"parquet", "duckdb"},
    deps=["process_evaluation", "prompt_mix"],
    metadata=described(FAILURES),
    check_specs=[dg.AssetCheckSpec("one_category_each", asset="failure_table", blocking=True)],
)
@one_line
def failure_table(
    context: dg.AssetExecutionContext, lake: Lake, launcher: Launcher, warehouse: Warehouse
) -> Events:
    """One row for each answer that is not right, and which are alike; published for SQL as the
    tables `failures` and `clusters`.
    """
    evaluation = lake.current("process_evaluation")
    days = daily.days_of(lake, evaluation)

    def build(draft: Path) -> dict[str, Any]:
        from ops.failures.classify import classify

        asked = settled(daily.files(days["prompt_mix"], "prompts.parquet"))
        prompts = tables.from_rows(asked.values(), PROMPTS)
        judged = tables.read(evaluation.path / "evaluations.parquet", EVALUATIONS)
        failures = classify(judged, prompts, run=evaluation.data_version[:16])
        tables.write(failures, draft / "failures.parquet")
        counted = pc.value_counts(failures["category"]).to_pylist()
        return {
            "failures": failures.num_rows,
            "judged": judged.num_rows,
            "by_category": {pair["values"]: pair["counts"] for pair in counted},
        } | launcher.run("ops.failures", {"failures": str(draft / "failures.parquet")}, draft)

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        from ops.failures.check import astray, problems

        judged = tables.read(evaluation.path / "evaluations.parquet", EVALUATIONS)
        failures = tables.read(draft / "failures.parquet", FAILURES)
        found = problems(failures, judged)
        found += astray(failures, tables.read(draft / "clusters.parquet", CLUSTERS))
        told = (
            "; ".join(found[:3]) or f"{figures['failures']} of {figures['judged']} answers failed"
        )
        return [Check("one_category_each", not found, told)]

    yield from produce(
        context, lake, Recipe({"process_evaluation": evaluation.data_version}, [], build, check)
    )
    warehouse.publish(days)
