"""Each precision stores what it says, and is read back as coremltools itself reads it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ops.coreml import interface, library, package, reference
from ops.coreml.clients import Session
from ops.coreml.compress import block_size, compress, storage
from ops.coreml.config import Precision
from ops.coreml.convert import to_program, trace, without_library_warnings
from ops.coreml.decoder import Decoder
from ops.coreml.export import ExportLM
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Program, open_spec, read

SMALL: tuple[Precision, ...] = ("int4", "lut4", "lut6")
TOKENS = [5, 6, 7, 8, 9, 10, 11]


@pytest.fixture(scope="module")
def biased(make_student: Any) -> Any:
    return make_student("qwen2", num_hidden_layers=1)


@pytest.fixture(scope="module")
def export(biased: Any) -> Decoder:
    return ExportLM(biased, 64).eval()


@pytest.fixture(scope="module")
def converted(export: Decoder) -> Any:
    """The program in fp16, once for all precisions."""
    with library.quiet(), without_library_warnings():
        return to_program(trace(export), export)


@pytest.fixture(scope="module")
def packages(converted: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[Precision, Path]:
    """The program as a package, in each precision."""
    folder = tmp_path_factory.mktemp("packages")
    paths = {precision: folder / precision for precision in ("fp16", *SMALL)}
    with library.quiet(), without_library_warnings():
        for precision, path in paths.items():
            model = compress(converted, precision)
            package.write(model.get_spec(), Path(model.weights_dir), path, {})
    return paths


@pytest.fixture(params=SMALL)
def stored(request: pytest.FixtureRequest, packages: dict[Precision, Path]) -> Any:
    return request.param, packages[request.param]


def decoded(program: Program) -> dict[str, torch.Tensor]:
    """The matrices that a program stores in fewer bits, by name."""
    constants = Machine(program, "declared").constants
    names = [op.outputs[0][0] for op in program.operations if op.kind.startswith("constexpr")]
    return {name: constants[name] for name in names}  # type: ignore[misc]


def test_every_matrix_is_stored_so(stored: tuple[Precision, Path]) -> None:
    precision, path = stored
    program = read(path)
    assert interface.precision(program) == precision
    assert program.stored == {"int8", {"int4": "int4", "lut4": "uint4", "lut6": "uint6"}[precision]}
    assert len(decoded(program)) == 7 + 1  # seven of the layer, and the tied embeddings


def test_is_decoded_as_coremltools_does(stored: tuple[Precision, Path]) -> None:
    _, path = stored
    spec, _ = open_spec(path)
    load = library.load("coremltools.converters.mil.frontend.milproto.load").load
    theirs = load(spec, spec.specificationVersion, str(path / "Data/com.apple.CoreML/weights"))
    ours = decoded(read(path))
    found = {
        op.outputs[0].name: op.materialized_val_inference()
        for op in theirs.functions["main"].operations
        if op.op_type.startswith("constexpr")
    }
    assert sorted(found) == sorted(ours)
    for name, value in found.items():
        assert value.dtype == np.float16
        assert ours[name].numpy().astype(np.float16).tobytes() == value.tobytes()


def test_computes_with_the_stored_numbers(
    stored: tuple[Precision, Path], biased: Any, export: Decoder
) -> None:
    precision, path = stored
    machine = Machine(read(path), "exact")
    rebuilt = reference.with_stored_numbers(biased, export, machine.constants)
    wanted = reference.logits(rebuilt, TOKENS)
    got = Session([machine]).feed(TOKENS)
    assert float((got - wanted).abs().max()) < 1e-4 * float(wanted.abs().max())
    assert 0.1 < max(reference.storage_errors(export, machine.constants, precision).values()) <= 1.0


def test_a_number_of_another_palette_or_step_is_not_explained(
    stored: tuple[Precision, Path], export: Decoder
) -> None:
    precision, path = stored
    constants = dict(Machine(read(path), "exact").constants)
    stem = "layers_0_mlp_up_proj_weight_to_fp16"
    name = f"{stem}_quantized" if precision == "int4" else f"{stem}_palettized"
    matrix = constants[name].clone()  # type: ignore[union-attr]
    matrix[3, 5] = matrix[3, (matrix[3] - matrix[3, 5]).abs().argmax()]
    constants[name] = matrix
    assert max(reference.storage_errors(export, constants, precision).values()) > 1.0


def test_fewer_bits_make_a_smaller_and_less_exact_package(
    biased: Any, packages: dict[Precision, Path]
) -> None:
    sizes, errors = {}, {}
    wanted = biased.model.layers[0].mlp.up_proj.weight.detach()
    for precision, path in packages.items():
        sizes[precision] = (path / "Data/com.apple.CoreML/weights/weight.bin").stat().st_size
        constants = Machine(read(path), "exact").constants
        found = reference.stored(constants, "layers.0.mlp.up_proj.weight", wanted)
        errors[precision] = float((found - wanted).square().mean())
    assert sizes["fp16"] > sizes["lut6"] > max(sizes["lut4"], sizes["int4"])
    assert errors["fp16"] < errors["lut6"] < min(errors["lut4"], errors["int4"])


@pytest.mark.parametrize(
    ("name", "precision", "kind"),
    [
        pytest.param("embed_tokens.weight", "int4", "int8", id="embeddings"),
        pytest.param("embed_tokens_weight_to_fp16", "lut6", "int8", id="embeddings_converted"),
        pytest.param("embed_tokens.weight", "fp16", "fp16", id="embeddings_fp16"),
        pytest.param("layers.0.mlp.up_proj.weight", "lut4", "lut4", id="matrix"),
        pytest.param("cos_DS_to_fp16", "int8", "fp16", id="table"),
        pytest.param("layers_0_self_attn_q_proj_lora_A_x", "int8", "fp16", id="adapter"),
    ],
)
def test_storage_of_a_matrix(name: str, precision: Precision, kind: str) -> None:
    assert storage(name, precision) == kind


def test_blocks_divide_a_row() -> None:
    assert [block_size(columns) for columns in (576, 96, 48, 7)] == [32, 32, 16, 1]
