"""Data types of ML programs, and the constants written in them, as torch tensors.

Floats of every width are held as float32 and integers of every width as int32, so that one
implementation of an operation serves all; `fit` brings a result back to what a width can hold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ops.coreml.interpreter.blob import BlobFile
from ops.errors import ContractError

# DataType of MIL.proto → its name here.
NAMES = {
    1: "bool",
    2: "string",
    10: "fp16",
    11: "fp32",
    21: "int8",
    22: "int16",
    23: "int32",
    25: "int4",
    31: "uint8",
    32: "uint16",
    35: "uint4",
    38: "uint6",
}
FLOATS: dict[str, np.dtype[Any]] = {"fp16": np.dtype("<f2"), "fp32": np.dtype("<f4")}
INTEGERS: dict[str, np.dtype[Any]] = {
    "int8": np.dtype("i1"),
    "int16": np.dtype("<i2"),
    "int32": np.dtype("<i4"),
    "uint8": np.dtype("u1"),
    "uint16": np.dtype("<u2"),
}
BYTES = {**FLOATS, **INTEGERS}


@dataclass(frozen=True, slots=True)
class TensorType:
    """A declared type; an axis of unknown length is None."""

    dtype: str
    shape: tuple[int | None, ...]

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether a value of `shape` is of this type."""
        return len(shape) == len(self.shape) and all(
            declared in (None, found) for declared, found in zip(self.shape, shape, strict=True)
        )


def tensor_type(value_type: Any) -> TensorType:
    """Read a ValueType message; a state's type is that of the tensor it wraps."""
    if value_type.HasField("stateType"):
        value_type = value_type.stateType.wrappedType
    tensor = value_type.tensorType
    if tensor.dataType not in NAMES:
        raise ContractError(
            f"the program declares data type {tensor.dataType}, which no reader is for"
        )
    shape = tuple(
        int(axis.constant.size) if axis.HasField("constant") else None for axis in tensor.dimensions
    )
    return TensorType(NAMES[tensor.dataType], shape)


def constant(value: Any, blobs: BlobFile) -> Tensor | str:
    """Read a Value message: written in the program itself, or in the weight file."""
    kind = tensor_type(value.type)
    shape = tuple(size or 0 for size in kind.shape)
    if value.HasField("blobFileValue"):
        return as_tensor(blobs.read(int(value.blobFileValue.offset), shape))
    content = value.immediateValue.tensor
    field = content.WhichOneof("value")
    if field == "strings":
        return str(content.strings.values[0])
    if field == "bytes":
        if kind.dtype not in BYTES:
            raise ContractError(f"a constant of type {kind.dtype} in the program has no reader")
        raw = np.frombuffer(content.bytes.values, BYTES[kind.dtype])
        return as_tensor(raw.reshape(shape))
    if field is None and 0 not in shape:
        raise ContractError(f"a constant of type {kind.dtype} {shape} has no value")
    dtype = {"floats": np.float32, "ints": np.int32, "bools": np.bool_}.get(str(field), np.int32)
    numbers = getattr(content, field).values if field else []
    return as_tensor(np.array(numbers, dtype).reshape(shape))


def as_tensor(array: NDArray[np.generic]) -> Tensor:
    """float32, int32 or bool tensor of the same values."""
    if array.dtype.kind == "f":
        return torch.from_numpy(array.astype(np.float32))
    if array.dtype.kind == "b":
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array.astype(np.int32))


def fit(value: Tensor, dtype: str, rounded: bool) -> Tensor:
    """`value` as the data type can hold it; fp16 rounds only if `rounded`.

    Raises:
        ContractError: an integer does not fit, or a value is of another kind than declared.
    """
    kind = "float" if dtype in FLOATS else "bool" if dtype == "bool" else "integer"
    found = (
        "float" if value.is_floating_point() else "bool" if value.dtype is torch.bool else "integer"
    )
    if kind != found:
        raise ContractError(f"a result of kind {found} is declared {dtype}")
    if dtype == "fp16" and rounded:
        return value.half().float()
    if kind == "integer" and dtype != "int32" and value.numel():
        limits = np.iinfo(INTEGERS[dtype])
        if int(value.min()) < limits.min or int(value.max()) > limits.max:
            raise ContractError(f"{int(value.max())} does not fit {dtype}")
    return value
