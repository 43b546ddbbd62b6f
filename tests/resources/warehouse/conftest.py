"""A small lake of real rows: prompts of two days, a teacher's answers, judged ones, corrections."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ops import tables
from ops.critiques.contract import CRITIQUES, UNREPAIRED
from ops.evaluation.contract import EVALUATIONS
from ops.evaluation.row import Answer, evaluation_row
from ops.failures.classify import classify
from ops.failures.contract import CLUSTERS
from ops.prompts.contract import PROMPTS
from ops.teacher.contract import REFUSED, RESPONSES
from resources.lake import Artifact, Lake
from resources.profile import ROOT
from resources.settings import Settings
from resources.warehouse.snapshot import Warehouse

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("ping", "pong")]
DAYS = ("2026-01-01", "2026-01-02")


def call(name: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {{}}}}\n</tool_call>'


def prompt(number: int, expected: str | None, split: str) -> dict[str, Any]:
    return {
        "prompt_id": f"p{number}",
        "split": split,
        "kind": "choice" if expected else "no_tool",
        "source": "registry",
        "external_id": None,
        "messages": json.dumps([{"role": "user", "content": f"question {number}"}]),
        "tools": json.dumps(TOOLS),
        "expected": json.dumps([{"name": expected, "arguments": {}}] if expected else []),
        "carries": None,
    }


PROMPT_ROWS = [
    prompt(0, "ping", "repair"),
    prompt(1, "pong", "repair"),
    prompt(2, "pong", "heldout"),
    prompt(3, None, "heldout"),
]
BEFORE = [call("pong"), call("ping"), call("ping"), call("ping")]
AFTER = [call("ping"), "<tool_call>\n{", call("pong"), call("ping")]


def judged(outputs: list[str]) -> pa.Table:
    """Each prompt with its output, in both modes."""
    rows = [
        evaluation_row(asked, Answer(output, mode, True, 9, True))
        for asked, output in zip(PROMPT_ROWS, outputs, strict=True)
        for mode in ("constrained", "free")
    ]
    return tables.from_rows(rows, EVALUATIONS)


def filled(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows whose other columns say nothing."""
    plain = {pa.string(): "", pa.bool_(): True}
    nothing = {
        column.name: None if column.nullable else plain.get(column.type, 0) for column in schema
    }
    return tables.from_rows([nothing | row for row in rows], schema)


def put(lake: Lake, asset: str, files: dict[str, pa.Table], day: str | None = None) -> Artifact:
    """Publish a version of an asset that holds these files."""
    key = f"{sum(table.num_rows for table in files.values()):064x}"
    draft = lake.draft(asset, day, key)
    for name, table in files.items():
        tables.write(table, draft / name)
    return lake.publish(draft, key, {"figures": {"rows": 1}, "seconds": 1.5})


def fill(lake: Lake) -> None:
    """All of it."""
    for day in DAYS:
        mix = tables.from_rows(PROMPT_ROWS[: 2 if day == DAYS[0] else 4], PROMPTS)
        put(lake, "prompt_mix", {"prompts.parquet": mix}, day)
    paid = {"kind": "choice", "cost_microdollars": 500_000}
    refused = [
        paid | {"prompt_id": "p2", "reason": "truncated", "detail": "cut at 64 tokens"},
        paid | {"prompt_id": "p3", "reason": "wrong_answer", "detail": "needless_call: found ping"},
        {"prompt_id": "p4", "kind": "choice", "reason": "budget", "detail": "no money"},
    ]
    files = {
        "responses.parquet": filled(RESPONSES, [paid | {"prompt_id": "p0"}]),
        "refused.parquet": filled(REFUSED, refused),
    }
    put(lake, "teacher_responses", files, DAYS[0])
    put(lake, "process_evaluation", {"evaluations.parquet": judged(BEFORE)})
    put(lake, "merged_evaluation", {"evaluations.parquet": judged(AFTER)})
    failures = classify(judged(BEFORE), tables.from_rows(PROMPT_ROWS, PROMPTS), run="r")
    alike = [
        {"prompt_id": row["prompt_id"], "mode": row["mode"], "cluster": 0, "label": "ping"}
        for row in failures.to_pylist()
    ]
    clusters = tables.from_rows(alike, CLUSTERS)
    put(lake, "failure_table", {"failures.parquet": failures, "clusters.parquet": clusters})
    corrected = [
        {"prompt_id": f"p{number}", "category": "wrong_tool", "corrected": call(name)}
        for number, name in enumerate(("ping", "pong"))
    ]
    failed = {"prompt_id": "p9", "category": "wrong_tool", "reason": "broken_call"}
    files = {
        "critiques.parquet": filled(CRITIQUES, corrected),
        "unrepaired.parquet": filled(UNREPAIRED, [failed | {"detail": "json at character 17"}]),
    }
    put(lake, "critique_table", files)
    steps = pa.table({"step": [1, 2], "loss": [2.0, 1.0]})
    put(lake, "kd_checkpoint", {"steps.parquet": steps})


def every_day(house: Warehouse) -> dict[str, dict[str, Artifact]]:
    """Every day that there is."""
    lake = house.lake
    return {asset: lake.partitions(asset) for asset in ("prompt_mix", "teacher_responses")}


@pytest.fixture
def house(lake: Lake) -> Warehouse:
    """The warehouse of a lake of its own, which a test may change; nothing is published."""
    fill(lake)
    return Warehouse(lake=lake)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake with a snapshot, for tests that only ask."""
    root = tmp_path_factory.mktemp("asked")
    lake = Lake(settings=Settings(profile="tiny", overrides={"lake.root": str(root)}))
    fill(lake)
    made = Warehouse(lake=lake)
    made.publish(every_day(made))
    assert lake.base.is_relative_to(root)
    assert not lake.base.is_relative_to(ROOT)
    return lake.base
