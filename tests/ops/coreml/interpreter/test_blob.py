"""weight.bin as this reader sees it, and as coremltools does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ops.coreml import library
from ops.coreml.bundle import BundleReport
from ops.coreml.contract import PACKAGE
from ops.coreml.interpreter.blob import BlobFile
from ops.coreml.interpreter.program import open_spec
from ops.errors import ContractError

WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
READERS = {
    10: ("read_fp16_data", "<f2"),
    21: ("read_int8_data", "i1"),
    23: ("read_int32_data", "<i4"),
}


def records(package: Path) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Offset, data type and shape of every number array in the weight file."""
    spec, _ = open_spec(package)
    function = spec.mlProgram.functions["main"]
    for operation in function.block_specializations[function.opset].operations:
        values = [operation.attributes["val"]] if operation.type == "const" else []
        values += [b.value for a in operation.inputs.values() for b in a.arguments]
        for value in values:
            if value.HasField("blobFileValue"):
                kind = value.type.tensorType
                shape = tuple(int(axis.constant.size) for axis in kind.dimensions)
                yield int(value.blobFileValue.offset), int(kind.dataType), shape


def theirs(path: Path, offset: int, kind: int) -> Any:
    storage = library.load("coremltools.libmilstoragepython")
    method, dtype = READERS[kind]
    read = getattr(storage._BlobStorageReader(str(path)), method)(offset)
    return np.asarray(read).view(dtype)


def test_is_bit_equal_to_coremltools(bundle: BundleReport) -> None:
    package = bundle.path / PACKAGE
    blobs = BlobFile(package / WEIGHTS)
    found = list(records(package))
    assert len(found) >= 15
    for offset, kind, shape in found:
        ours = blobs.read(offset, shape)
        assert ours.reshape(-1).tobytes() == theirs(package / WEIGHTS, offset, kind).tobytes()


def test_a_file_cut_short_raises(fp16: BundleReport, tmp_path: Path) -> None:
    content = (fp16.path / PACKAGE / WEIGHTS).read_bytes()
    (tmp_path / "weight.bin").write_bytes(content[: len(content) // 2])
    blobs = BlobFile(tmp_path / "weight.bin")
    with pytest.raises(ContractError, match=r"weight\.bin: .*(cut short|within)"):
        for offset, _, shape in records(fp16.path / PACKAGE):
            blobs.read(offset, shape)


@pytest.mark.parametrize(
    ("offset", "shape", "message"),
    [
        pytest.param(0, (4,), "no readable record at byte 0", id="not_a_record"),
        pytest.param(64, (3,), "expected 3 numbers", id="another_shape"),
    ],
)
def test_a_wrong_question_raises(
    fp16: BundleReport, offset: int, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        BlobFile(fp16.path / PACKAGE / WEIGHTS).read(offset, shape)


def test_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="missing or was cut short"):
        BlobFile(tmp_path / "weight.bin").read(64, (1,))
