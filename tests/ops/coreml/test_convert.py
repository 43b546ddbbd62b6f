"""Conversion repeats byte for byte, leaves tables alone, and says where it could not go on."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ops.coreml import library, package
from ops.coreml.bundle import BundleReport
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import PACKAGE
from ops.coreml.convert import convert, join
from ops.coreml.export import ExportLM
from ops.coreml.interpreter.program import read
from ops.errors import ConversionError


@pytest.fixture
def other_programs() -> None:
    """coremltools counts the names of operations over all programs of a process."""
    mil = library.load("coremltools.converters.mil.mil")
    with mil.Function({}):
        mil.Builder.concat(values=([1.0], [2.0]), axis=0)


METADATA = {"co.huggingface.exporters.name": "worker"}


@pytest.mark.usefixtures("other_programs")
def test_equal_students_give_equal_bytes(
    bundle: BundleReport, student: Any, tmp_path: Path
) -> None:
    precision = "int8" if bundle.path.name.startswith("int8") else "fp16"
    config = CoreMLConfig(precision=precision, context=64)  # type: ignore[arg-type]
    convert({"main": ExportLM(student, 64).eval()}, config, tmp_path / PACKAGE, METADATA)
    assert package.files(tmp_path / PACKAGE) == package.files(bundle.path / PACKAGE)
    assert package.content_digest(tmp_path / PACKAGE) == bundle.package_digest


def test_metadata_names_the_model_and_no_date(fp16: BundleReport) -> None:
    metadata = read(fp16.path / PACKAGE).metadata
    assert metadata["co.huggingface.exporters.name"] == "worker"
    assert not [name for name in metadata if "date" in name]


def test_only_matrices_are_stored_as_integers(int8: BundleReport) -> None:
    program = read(int8.path / PACKAGE)
    stored = [op.outputs[0] for op in program.operations if op.kind.startswith("constexpr")]
    assert len(stored) == 2 * 7 + 1  # seven matrices a layer, and the tied embeddings
    assert all(len(kind.shape) == 2 for _, kind in stored)
    assert not [name for name, _ in stored if "cos" in name or "sin" in name]


class Odd(nn.Module):
    """A layer with an operation that coremltools does not know."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.special.i0(x[..., :64])


def test_names_the_operation_and_the_layer(make_student: Any, tmp_path: Path) -> None:
    student = make_student()
    student.model.layers[1].mlp.down_proj = Odd()
    config = CoreMLConfig(precision="fp16", context=64)
    with pytest.raises(ConversionError, match=r"'special_i0' .* behind layers\.1\.mlp"):
        convert({"main": ExportLM(student, 64).eval()}, config, tmp_path / PACKAGE, METADATA)
    assert not (tmp_path / PACKAGE).exists()


def test_names_the_functions_that_could_not_be_joined(tmp_path: Path) -> None:
    parts = {name: tmp_path / f"{name}.mlpackage" for name in ("prefill", "decode")}
    with pytest.raises(ConversionError, match="functions prefill, decode could not be put into"):
        join(parts, tmp_path / "joined.mlpackage")
