"""The components that compare sequences are looked at where they have a weight."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ops.losses.config import DecisionWeights, MarginConfig, SupervisionConfig
from ops.losses.contrast import Contrast
from ops.losses.supervision import ProcessSupervision
from ops.readiness.check import Check
from ops.readiness.compare import compared, comparing
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import planned

BOTH = SupervisionConfig(
    decisions=DecisionWeights(selection=0.2), margin=MarginConfig(weight=0.5), alternatives=2
)


def checked(student: Path, shards: Path, negatives: Path) -> dict[str, Check]:
    model = students.load(student)
    made = comparing(tokenizers.load(student), BOTH, negatives)
    assert made is not None
    objective = ProcessSupervision(BOTH, model.get_input_embeddings().weight.detach())
    rows = [row for batch in planned(shards, "train") for row in batch]
    checks = compared(model, objective, made, rows)
    return {check.name.removeprefix("gradient of "): check for check in checks}


def test_both_have_a_gradient_at_their_own_rows(
    student_folder: Path, shards_folder: Path, negatives: Path
) -> None:
    found = checked(student_folder, shards_folder, negatives)
    assert list(found) == ["selection", "margin"]
    for one in found.values():
        assert one.passed, one
        assert one.found.endswith("of its rows")


def test_without_a_weight_neither_is_looked_at(tokenizer: Any, negatives: Path) -> None:
    assert comparing(tokenizer, SupervisionConfig(), negatives) is None


def test_no_wrong_answer_is_no_fault(
    student_folder: Path, shards_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that has none for these examples."""
    none: Any = SimpleNamespace(pairs=lambda example: [])
    monkeypatch.setattr("ops.training.contrast.Negatives", lambda path: none)
    found = checked(student_folder, shards_folder, Path("unread"))
    assert found["margin"].passed
    assert found["margin"].found.startswith("absent")
    assert found["selection"].passed


def test_a_gradient_in_a_strange_row_is_a_fault(
    student_folder: Path, shards_folder: Path, negatives: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A component that moves every sequence, those of the other one too."""
    sums = Contrast.sums

    def everywhere(self: Contrast, logp_S: torch.Tensor) -> dict[str, torch.Tensor]:
        return {name: value + logp_S.sum() for name, value in sums(self, logp_S).items()}

    monkeypatch.setattr(Contrast, "sums", everywhere)
    found = checked(student_folder, shards_folder, negatives)
    assert not found["margin"].passed
    assert "of others: a fault of the objective" in found["margin"].found
