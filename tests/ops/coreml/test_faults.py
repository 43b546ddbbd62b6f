"""Every damage that we could think of, planted in a sound package: seen, and said where it is."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.coreml import proof
from ops.coreml.bundle import BundleReport
from ops.coreml.config import CoreMLConfig, Precision
from ops.coreml.contract import CONTRACT, GOLDEN, PACKAGE, VERIFICATION
from ops.coreml.interpreter.program import open_spec
from ops.coreml.verify import Check, verify
from ops.errors import ContractError, InputError

SPEC = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
PROBES = [[5, 6, 7, 8, 9, 10, 11, 12]]
Damage = Callable[[Path], None]


def damaged(report: BundleReport, tmp_path: Path, damage: Damage) -> Path:
    """A copy of the bundle whose package has the damage."""
    copy = shutil.copytree(report.path, tmp_path / "bundle")
    damage(copy / PACKAGE)
    return copy


def failed(package: Path, student: Any, precision: Precision = "fp16") -> dict[str, str]:
    """The checks that failed, with what they say of the place."""
    found = verify(package, student, CoreMLConfig(precision=precision, context=64), PROBES)
    return faults(found.checks)


def faults(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.where for check in checks if not check.passed}


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


def edit_spec(package: Path, edit: Callable[[Any], None]) -> None:
    spec, _ = open_spec(package)
    edit(spec)
    (package / SPEC).write_bytes(spec.SerializeToString())


def operations(spec: Any) -> Any:
    function = spec.mlProgram.functions["main"]
    return function.block_specializations[function.opset].operations


def of_kind(spec: Any, kind: str) -> list[Any]:
    return [operation for operation in operations(spec) if operation.type == kind]


def flipped(name: str, byte: int, bit: int) -> Damage:
    """One bit of one number of a constant."""

    def damage(package: Path) -> None:
        place = data_of(package, name).start + byte + bit // 8

        def flip(content: bytearray) -> None:
            content[place] ^= 1 << bit % 8

        edit_weights(package, flip)

    return damage


def swapped(first: str, second: str) -> Damage:
    """The numbers of two constants of one size."""

    def damage(package: Path) -> None:
        one, other = data_of(package, first), data_of(package, second)

        def swap(content: bytearray) -> None:
            content[one], content[other] = content[other], content[one]

        edit_weights(package, swap)

    return damage


def edited(edit: Callable[[Any], None]) -> Damage:
    """The program's message."""
    return lambda package: edit_spec(package, edit)


def subtract(spec: Any) -> None:
    """The residual stream after the first layer's attention."""
    norm = next(one for one in of_kind(spec, "linear") if "o_proj" in name_of(one, "weight"))
    after = [one for one in of_kind(spec, "add") if norm.outputs[0].name in (names_of(one))]
    after[0].type = "sub"


def forget(spec: Any) -> None:
    """The last layer's values are not kept."""
    writes = [i for i, operation in enumerate(operations(spec)) if operation.type == "write_state"]
    del operations(spec)[writes[-1]]


def rotate_back(spec: Any) -> None:
    """The first queries are rotated the other way: halves joined in the other order."""
    joined = next(
        one
        for one in of_kind(spec, "concat")
        if len(one.outputs[0].type.tensorType.dimensions) == 4
    )
    names = [argument.name for argument in joined.inputs["values"].arguments]
    for argument, name in zip(joined.inputs["values"].arguments, names[::-1], strict=True):
        argument.name = name


def look_ahead(spec: Any) -> None:
    """Who may look at whom, turned round."""
    sides = of_kind(spec, "less_equal")[0].inputs
    x, y = sides["x"].arguments[0].name, sides["y"].arguments[0].name
    sides["x"].arguments[0].name, sides["y"].arguments[0].name = y, x


def trust(spec: Any) -> None:
    """The caller's mask alone: the program's own is replaced by it."""
    mask = of_kind(spec, "maximum")[0].outputs[0].name
    both = next(one for one in of_kind(spec, "add") if mask in names_of(one))
    for argument in both.inputs.values():
        argument.arguments[0].name = mask


def rename(spec: Any) -> None:
    spec.description.output[0].name = "var_1"


def retype(spec: Any) -> None:
    spec.description.output[0].type.multiArrayType.dataType = 65568  # float 32


def name_of(operation: Any, argument: str) -> str:
    return str(operation.inputs[argument].arguments[0].name)


def names_of(operation: Any) -> list[str]:
    return [one.name for argument in operation.inputs.values() for one in argument.arguments]


UP = "layers_1_mlp_up_proj_weight_to_fp16"
KEY, VALUE = (f"layers_0_self_attn_{letter}_proj_weight_to_fp16" for letter in "kv")
FAULTS = [
    pytest.param(flipped(UP, 80, 0), "weights", r"^layers\.1\.mlp\.up_proj\.weight$", id="low_bit"),
    pytest.param(flipped(UP, 80, 15), "weights", r"^layers\.1\.mlp\.up_proj", id="sign"),
    pytest.param(swapped(KEY, VALUE), "weights", r"^layers\.0\.self_attn\.[kv]_proj", id="swapped"),
    pytest.param(
        swapped("cos_SD_to_fp16", "sin_SD_to_fp16"), "weights", "^(cos|sin)_SD$", id="tables"
    ),
    pytest.param(
        edited(rotate_back), "graph", r"goes into layers\.0\.self_attn\.o_proj is", id="rotation"
    ),
    pytest.param(
        edited(subtract), "graph", r"goes into layers\.0\.mlp\.gate_proj is", id="operation"
    ),
    pytest.param(edited(forget), "graph", r"goes into layers\.1\.self_attn\.o_proj is", id="state"),
    pytest.param(
        edited(look_ahead), "graph", r"goes into layers\.0\.self_attn\.o_proj is", id="mask"
    ),
    pytest.param(
        edited(trust), "all_zero", r"goes into layers\.0\.self_attn\.o_proj is", id="zeros"
    ),
    pytest.param(edited(rename), "interface", r"outputs are \['var_1'\]", id="name"),
    pytest.param(edited(retype), "interface", "logits.*fp32.*expected.*fp16", id="dtype"),
]


@pytest.mark.parametrize(("damage", "check", "where"), FAULTS)
def test_a_fault_is_seen_and_placed(
    fp16: BundleReport, student: Any, tmp_path: Path, damage: Damage, check: str, where: str
) -> None:
    found = failed(damaged(fp16, tmp_path, damage) / PACKAGE, student)
    assert re.search(where, found[check]), found


def test_a_flipped_bit_of_an_integer_is_placed(
    int8: BundleReport, student: Any, tmp_path: Path
) -> None:
    damage = flipped("layers_0_self_attn_v_proj_weight_to_fp16_quantized", 17, 5)
    found = failed(damaged(int8, tmp_path, damage) / PACKAGE, student, "int8")
    assert found["weights"] == "layers.0.self_attn.v_proj.weight"


def cut_weights(package: Path) -> None:
    edit_weights(package, lambda content: content.__delitem__(slice(-4000, None)))


def cut_program(package: Path) -> None:
    (package / SPEC).write_bytes((package / SPEC).read_bytes()[:5000])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(cut_weights, r"weight\.bin: the record at byte \d+", id="weights"),
        pytest.param(cut_program, "the program is damaged", id="program"),
        pytest.param(lambda package: shutil.rmtree(package / "Data"), "not a readable", id="data"),
        pytest.param(
            lambda package: (package.parent / VERIFICATION).write_text("{"),
            r"verification\.json cannot be read: .*copy the bundle again",
            id="description",
        ),
        pytest.param(
            lambda package: (package.parent / GOLDEN / "probe-001.json").write_bytes(b"{"),
            "the golden vectors cannot be read",
            id="vectors",
        ),
    ],
)
def test_what_was_cut_off_is_refused(
    fp16: BundleReport, tmp_path: Path, damage: Damage, message: str
) -> None:
    copy = damaged(fp16, tmp_path, damage)
    with pytest.raises(ContractError, match=message) as refused:
        proof.prove(proof.opened(copy))
    assert "\n" not in str(refused.value)


def told(bundle: Path, **changes: Any) -> None:
    """contract.json says something else."""
    content = json.loads((bundle / CONTRACT).read_text(encoding="utf-8"))
    (bundle / CONTRACT).write_text(json.dumps(content | changes), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "check", "where"),
    [
        pytest.param(
            lambda package: told(package.parent, context=128),
            "contract",
            "context is 128, the package has 64",
            id="context",
        ),
        pytest.param(flipped(UP, 80, 3), "files", f"{PACKAGE}/{WEIGHTS} is changed", id="weights"),
        pytest.param(
            lambda package: (package.parent / "tokenizer/tokenizer.json").unlink(),
            "files",
            "tokenizer/tokenizer.json is missing",
            id="tokenizer",
        ),
        pytest.param(
            lambda package: (package.parent / GOLDEN / "probe-009.json").touch(),
            "files",
            f"{GOLDEN}/probe-009.json is not in the contract",
            id="vectors",
        ),
    ],
)
def test_stale_metadata_is_seen(
    fp16: BundleReport, tmp_path: Path, damage: Damage, check: str, where: str
) -> None:
    copy = damaged(fp16, tmp_path, damage)
    assert faults(proof.file_checks(proof.opened(copy))) == {check: where}


def test_a_newer_format_and_what_is_no_package_are_refused(
    fp16: BundleReport, tmp_path: Path
) -> None:
    copy = damaged(fp16, tmp_path, lambda package: told(package.parent, format=2))
    with pytest.raises(InputError, match="has format 2; this version reads format 1"):
        proof.opened(copy)
    with pytest.raises(InputError, match=r"is no package of ours: .* has no worker\.mlpackage and"):
        proof.opened(tmp_path)


def test_without_the_student_its_vectors_tell_a_fault(fp16: BundleReport, tmp_path: Path) -> None:
    sound = proof.prove(proof.opened(fp16.path / PACKAGE))
    assert faults(sound.checks) == {}
    assert sound.figures["probes"] == 4
    copy = damaged(fp16, tmp_path, edited(forget))
    found = faults(proof.prove(proof.opened(copy)).checks)
    assert {"files", "recorded"} <= set(found)
    assert found["recorded"].startswith("probe-00")
