"""Readiness is green on a student that can learn, and red on planted faults."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ops import tables
from ops.errors import ContractError
from ops.losses.config import (
    PRESETS,
    AgentConfig,
    DecisionWeights,
    DistillationConfig,
    SupervisionConfig,
)
from ops.process.config import ProcessConfig
from ops.readiness.check import Check
from ops.readiness.probe import Objectives, probe
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import KINDS
from ops.student import model as students
from ops.student import tokenizer as tokenizers

COMPONENTS = [
    "cross_entropy", "divergence", "ground_truth", "tool_name", "json_arguments", "integration",
    "json_validity",
]  # fmt: skip

TEXT_ALONE = ProcessConfig(
    supervision=SupervisionConfig(
        distillation=DistillationConfig(divergence_weight=0.0, truth_start=0.0, truth_end=0.0),
        kd_weight=1.0,
    )
)


def changed(shards: Path, out: Path, **columns: Any) -> Path:
    """The shards with columns replaced by what a function makes of each row."""
    for path in shards.glob("shard-*.parquet"):
        rows = tables.rows(tables.read(path, SHARD))
        rows = [row | {name: make(row) for name, make in columns.items()} for row in rows]
        tables.write(tables.from_rows(rows, SHARD), out / path.name)
    (out / "plan.parquet").write_bytes((shards / "plan.parquet").read_bytes())
    return out


def probed(
    model: Any,
    shards: Path,
    config: ProcessConfig | None = None,
    agent: AgentConfig | None = None,
) -> list[Check]:
    tokenizer = tokenizers.load(Path(model.name_or_path))
    return probe(model, tokenizer, shards, Objectives(config or ProcessConfig(), agent))


def of_agent(checks: list[Check]) -> dict[str, Check]:
    return {
        check.name.removesuffix(" of kd.agent"): check
        for check in checks
        if check.name.endswith(" of kd.agent")
    }


def filled(student_folder: Path, value: float) -> Any:
    """The student with every weight at one value."""
    model = students.load(student_folder)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    return model


def test_a_student_that_can_learn_is_green(student_folder: Path, shards_folder: Path) -> None:
    checks = probed(students.load(student_folder), shards_folder)
    assert [check.name for check in checks] == [
        *(f"gradient of {name}" for name in COMPONENTS),
        "overfits one batch",
    ]
    assert [check for check in checks if not check.passed] == []
    absent = [check.name for check in checks if "absent" in check.found]
    assert absent == ["gradient of ground_truth"]


@pytest.mark.parametrize(
    ("value", "told"),
    [pytest.param(0.0, "0.00e+00", id="no_gradient"), pytest.param(float("nan"), "nan", id="nan")],
)
def test_a_student_that_cannot_learn_is_red(
    student_folder: Path, shards_folder: Path, value: float, told: str
) -> None:
    checks = probed(filled(student_folder, value), shards_folder)
    there = [check for check in checks if "absent" not in check.found]
    assert [check.name for check in there if check.passed] == []
    assert all(told in check.found for check in there[:-1])


def test_examples_without_a_target_are_red(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    """Nothing is supervised: the loss is the mean of nothing."""
    shards = changed(
        shards_folder,
        tmp_path,
        span_kind=lambda row: [KINDS.index("prompt")] * len(row["input_ids"]),
        teacher_at=lambda row: [],
        teacher_ids=lambda row: [],
        teacher_logp=lambda row: [],
    )
    checks = {check.name: check for check in probed(students.load(student_folder), shards)}
    assert not checks["gradient of cross_entropy"].passed
    assert not checks["overfits one batch"].passed
    assert checks["gradient of tool_name"].found.startswith("absent")


def test_a_component_without_an_example_is_told_and_does_not_fail(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    shards = changed(
        shards_folder,
        tmp_path,
        teacher_at=lambda row: [],
        teacher_ids=lambda row: [],
        teacher_logp=lambda row: [],
    )
    checks = {check.name: check for check in probed(students.load(student_folder), shards)}
    assert checks["gradient of divergence"].passed
    assert checks["gradient of divergence"].found.startswith("absent")


def test_a_component_of_no_weight_is_not_probed(student_folder: Path, shards_folder: Path) -> None:
    supervision = SupervisionConfig(
        distillation=DistillationConfig(divergence_weight=0.0, truth_start=0.0, truth_end=0.0),
        validity_weight=0.0,
        decisions=DecisionWeights(integration=0.0),
    )
    config = ProcessConfig(supervision=supervision)
    names = [check.name for check in probed(students.load(student_folder), shards_folder, config)]
    assert names == [
        "gradient of cross_entropy",
        "gradient of tool_name",
        "gradient of json_arguments",
        "overfits one batch",
    ]


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        pytest.param("paper", ["divergence"], id="paper"),
        pytest.param(
            "research",
            ["divergence", "cross_entropy", "entropy", "confidence", "consistency"],
            id="research",
        ),
    ],
)
def test_each_component_of_an_agent_has_its_gradient(
    preset: str, expected: list[str], student_folder: Path, shards_folder: Path
) -> None:
    model = students.load(student_folder)
    checks = probed(model, shards_folder, TEXT_ALONE, PRESETS[preset])
    found = of_agent(checks)
    assert list(found) == [f"gradient of {name}" for name in expected]
    assert [check for check in checks if not check.passed] == []
    assert all(", at 0 of" not in check.found for check in found.values())
    assert len(checks) == 1 + len(expected) + 1


def test_an_agent_whose_spans_no_example_has_is_red(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    """Without process supervision every token is prose, to which `paper` gives no weight."""
    context = (KINDS.index("prompt"), KINDS.index("observation"))
    shards = changed(
        shards_folder,
        tmp_path,
        span_kind=lambda row: [
            kind if kind in context else KINDS.index("prose") for kind in row["span_kind"]
        ],
    )
    checks = probed(students.load(student_folder), shards, TEXT_ALONE, PRESETS["paper"])
    found = of_agent(checks)
    assert found["gradient of divergence"].found.startswith("absent")
    assert not found["a component"].passed
    assert [check.name for check in checks if not check.passed] == ["a component of kd.agent"]


def test_no_batch_is_an_error(student_folder: Path, tmp_path: Path) -> None:
    tables.write(tables.from_rows([], PLAN), tmp_path / "plan.parquet")
    with pytest.raises(ContractError, match="no training batch"):
        probed(students.load(student_folder), tmp_path)
