"""A right package passes; every damage that we could think of is seen."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.coreml.bundle import BundleReport
from ops.coreml.config import CoreMLConfig, Precision
from ops.coreml.contract import PACKAGE
from ops.coreml.interpreter.program import open_spec
from ops.coreml.verify import Check, Verification, verify
from ops.errors import ContractError

SPEC = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
PROBES = [[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]]


def damaged(report: BundleReport, tmp_path: Path) -> Path:
    copy = tmp_path / PACKAGE
    shutil.copytree(report.path / PACKAGE, copy)
    return copy


def verified(package: Path, student: Any, precision: Precision = "fp16") -> Verification:
    return verify(package, student, CoreMLConfig(precision=precision, context=64), PROBES)


def failed(found: Verification) -> set[str]:
    return {check.name for check in found.checks if not check.passed}


def data_of(package: Path, name: str) -> slice:
    """Where the numbers of the constant `name` lie in weight.bin."""
    spec, blobs = open_spec(package)
    function = spec.mlProgram.functions["main"]
    for operation in function.block_specializations[function.opset].operations:
        values = [operation.attributes["val"]] if operation.type == "const" else []
        values += [b.value for b in operation.inputs["data"].arguments]
        if operation.outputs and operation.outputs[0].name == name:
            _, _, size, start = blobs._metadata(int(values[0].blobFileValue.offset))
            return slice(start, start + size)
    raise LookupError(name)


def edit_weights(package: Path, edit: Callable[[bytearray], None]) -> None:
    content = bytearray((package / WEIGHTS).read_bytes())
    edit(content)
    (package / WEIGHTS).write_bytes(content)


def edit_program(package: Path, edit: Callable[[Any], None]) -> None:
    spec, _ = open_spec(package)
    function = spec.mlProgram.functions["main"]
    edit(function.block_specializations[function.opset].operations)
    (package / SPEC).write_bytes(spec.SerializeToString())


def test_a_sound_package_passes(bundle: BundleReport, student: Any) -> None:
    precision: Precision = "int8" if bundle.path.name.startswith("int8") else "fp16"
    found = verified(bundle.path / PACKAGE, student, precision)
    assert failed(found) == set()
    assert found.passed


@pytest.mark.parametrize("bit", [pytest.param(b, id=f"bit_{b}") for b in (15, 14, 10, 9, 0)])
def test_one_flipped_bit_of_a_weight_is_seen(
    fp16: BundleReport, student: Any, tmp_path: Path, bit: int
) -> None:
    package = damaged(fp16, tmp_path)
    place = data_of(package, "layers_1_mlp_up_proj_weight_to_fp16")

    def flip(content: bytearray) -> None:
        content[place.start + 2 * 40 + bit // 8] ^= 1 << bit % 8

    edit_weights(package, flip)
    assert "weights" in failed(verified(package, student))


def test_one_flipped_bit_of_an_integer_weight_is_seen(
    int8: BundleReport, student: Any, tmp_path: Path
) -> None:
    package = damaged(int8, tmp_path)
    place = data_of(package, "layers_0_self_attn_v_proj_weight_to_fp16_quantized")

    def flip(content: bytearray) -> None:
        content[place.start + 17] ^= 1 << 5

    edit_weights(package, flip)
    assert "weights" in failed(verified(package, student, "int8"))


def test_swapped_weights_are_seen(fp16: BundleReport, student: Any, tmp_path: Path) -> None:
    package = damaged(fp16, tmp_path)
    key = data_of(package, "layers_0_self_attn_k_proj_weight_to_fp16")
    value = data_of(package, "layers_0_self_attn_v_proj_weight_to_fp16")

    def swap(content: bytearray) -> None:
        content[key], content[value] = content[value], content[key]

    edit_weights(package, swap)
    assert {"weights", "kl_nats", "greedy"} <= failed(verified(package, student))


def test_damaged_rotary_tables_are_seen(fp16: BundleReport, student: Any, tmp_path: Path) -> None:
    package = damaged(fp16, tmp_path)
    cos, sin = data_of(package, "cos_SD_to_fp16"), data_of(package, "sin_SD_to_fp16")

    def swap(content: bytearray) -> None:
        content[cos], content[sin] = content[sin], content[cos]

    edit_weights(package, swap)
    assert "weights" in failed(verified(package, student))


def test_a_truncated_weight_file_is_refused(
    fp16: BundleReport, student: Any, tmp_path: Path
) -> None:
    package = damaged(fp16, tmp_path)
    edit_weights(package, lambda content: content.__delitem__(slice(-4000, None)))
    with pytest.raises(ContractError, match=r"weight\.bin"):
        verified(package, student)


def test_a_damaged_program_is_refused(fp16: BundleReport, student: Any, tmp_path: Path) -> None:
    package = damaged(fp16, tmp_path)
    (package / SPEC).write_bytes((package / SPEC).read_bytes()[:5000])
    with pytest.raises(ContractError, match="damaged"):
        verified(package, student)


def test_an_exchanged_operation_is_seen(fp16: BundleReport, student: Any, tmp_path: Path) -> None:
    package = damaged(fp16, tmp_path)

    def residual_subtracts(operations: Any) -> None:
        [add for add in operations if add.type == "add"][-2].type = "sub"

    edit_program(package, residual_subtracts)
    assert "graph" in failed(verified(package, student))


def test_a_lost_write_to_the_cache_is_seen(
    fp16: BundleReport, student: Any, tmp_path: Path
) -> None:
    package = damaged(fp16, tmp_path)

    def forget(operations: Any) -> None:
        writes = [i for i, operation in enumerate(operations) if operation.type == "write_state"]
        del operations[writes[-1]]

    edit_program(package, forget)
    assert {"graph", "chunked"} & failed(verified(package, student))


def test_a_program_that_trusts_an_all_zero_mask_is_seen(
    fp16: BundleReport, student: Any, tmp_path: Path
) -> None:
    package = damaged(fp16, tmp_path)

    def trust(operations: Any) -> None:
        mask = next(operation for operation in operations if operation.type == "maximum")
        both = next(
            operation
            for operation in operations
            if operation.type == "add"
            and mask.outputs[0].name
            in [b.name for a in operation.inputs.values() for b in a.arguments]
        )
        for argument in both.inputs.values():
            argument.arguments[0].name = mask.outputs[0].name

    edit_program(package, trust)
    assert failed(verified(package, student)) == {"all_zero"}


def test_a_renamed_output_is_seen(fp16: BundleReport, student: Any, tmp_path: Path) -> None:
    package = damaged(fp16, tmp_path)
    spec, _ = open_spec(package)
    spec.description.output[0].name = "var_1"
    (package / SPEC).write_bytes(spec.SerializeToString())
    found = verified(package, student)
    assert failed(found) == {"interface"}
    assert found.figures["interface_mismatches"] == ["outputs are ['var_1']"]


def test_another_student_is_seen(fp16: BundleReport, make_student: Any) -> None:
    assert {"weights", "kl_nats"} <= failed(verified(fp16.path / PACKAGE, make_student(seed=1)))


@pytest.mark.parametrize(
    ("value", "rule", "passed"),
    [
        pytest.param(0.5, "at_most", True, id="below"),
        pytest.param(1.5, "at_most", False, id="above"),
        pytest.param(0.5, "at_least", False, id="too_little"),
        pytest.param(float("nan"), "at_most", False, id="no_number"),
        pytest.param(float("nan"), "at_least", False, id="no_number_at_least"),
    ],
)
def test_a_check_keeps_its_rule(value: float, rule: Any, passed: bool) -> None:
    assert Check("figure", value, rule, 1.0, "").passed is passed
