"""weight.bin, the numbers of an ML program: read without coremltools.

The file is a header of 64 bytes, then records: 64 bytes of metadata {sentinel, type, size in
bytes, offset of the data}, little endian, and the data itself. A program points at the metadata.
Layout: mlmodel/src/MILBlob/Blob/StorageFormat.hpp of coremltools 9.0.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops.errors import ContractError

SENTINEL = 0xDEADBEEF
METADATA = struct.Struct("<IIQQ")
# Types of this program family; packed types of less than a byte are not among them.
TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f2"),
    2: np.dtype("<f4"),
    3: np.dtype("u1"),
    4: np.dtype("i1"),
    6: np.dtype("<i2"),
    7: np.dtype("<u2"),
    14: np.dtype("<i4"),
}


class BlobFile:
    """One weight file. Raises ContractError if it does not hold what is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = path.read_bytes() if path.is_file() else b""

    def read(self, offset: int, shape: tuple[int, ...]) -> NDArray[Any]:
        """The array whose metadata stands at byte `offset`."""
        sentinel, kind, size, start = self._metadata(offset)
        if sentinel != SENTINEL or kind not in TYPES:
            raise ContractError(
                f"{self.path.name}: no readable record at byte {offset} (mark {sentinel:#x}, type "
                f"{kind}); the file is damaged or belongs to another program"
            )
        dtype = TYPES[kind]
        count = int(np.prod(shape, dtype=np.int64))
        if size != count * dtype.itemsize or start + size > len(self.content):
            raise ContractError(
                f"{self.path.name}: the record at byte {offset} has {size} bytes from {start}; "
                f"expected {count} numbers of {dtype} within {len(self.content)} bytes"
            )
        return np.frombuffer(self.content, dtype, count, start).reshape(shape)

    def _metadata(self, offset: int) -> tuple[int, int, int, int]:
        if offset + METADATA.size > len(self.content):
            raise ContractError(
                f"{self.path.name}: a record is expected at byte {offset}, but the file has "
                f"{len(self.content)} bytes; it is missing or was cut short"
            )
        sentinel, kind, size, start = METADATA.unpack_from(self.content, offset)
        return sentinel, kind, size, start
