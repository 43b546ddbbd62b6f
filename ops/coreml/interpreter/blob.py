"""weight.bin, the numbers of an ML program: read without coremltools.

The file is a header of 64 bytes, then records: 64 bytes of metadata {sentinel, type, size in
bytes, offset of the data}, little endian, and the data itself. A program points at the metadata.
Layout: mlmodel/src/MILBlob/Blob/StorageFormat.hpp of coremltools 9.0.
"""

import struct
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops.errors import ContractError

SENTINEL = 0xDEADBEEF
METADATA = struct.Struct("<IIQQ")
# Types of this program family.
TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f2"),
    2: np.dtype("<f4"),
    3: np.dtype("u1"),
    4: np.dtype("i1"),
    6: np.dtype("<i2"),
    7: np.dtype("<u2"),
    14: np.dtype("<i4"),
}
# Types of less than a byte, packed from the lowest bit on: bits, and whether signed.
PACKED = {8: (4, True), 11: (4, False), 13: (6, False)}


class BlobFile:
    """One weight file. Raises ContractError if it does not hold what is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = path.read_bytes() if path.is_file() else b""

    def read(self, offset: int, shape: tuple[int, ...]) -> NDArray[Any]:
        """The array whose metadata stands at byte `offset`."""
        sentinel, kind, size, start = self._metadata(offset)
        if sentinel != SENTINEL or kind not in {*TYPES, *PACKED}:
            raise ContractError(
                f"{self.path.name}: no readable record at byte {offset} (mark {sentinel:#x}, type "
                f"{kind}); the file is damaged or belongs to another program"
            )
        count = int(np.prod(shape, dtype=np.int64))
        bits = PACKED[kind][0] if kind in PACKED else 8 * TYPES[kind].itemsize
        if size != -(-count * bits // 8) or start + size > len(self.content):
            raise ContractError(
                f"{self.path.name}: the record at byte {offset} has {size} bytes from {start}; "
                f"expected {count} numbers of {bits} bits within {len(self.content)} bytes"
            )
        if kind in PACKED:
            packed = np.frombuffer(self.content, np.uint8, size, start)
            return unpack(packed, *PACKED[kind])[:count].reshape(shape)
        return np.frombuffer(self.content, TYPES[kind], count, start).reshape(shape)

    def _metadata(self, offset: int) -> tuple[int, int, int, int]:
        if offset + METADATA.size > len(self.content):
            raise ContractError(
                f"{self.path.name}: a record is expected at byte {offset}, but the file has "
                f"{len(self.content)} bytes; it is missing or was cut short"
            )
        sentinel, kind, size, start = METADATA.unpack_from(self.content, offset)
        return sentinel, kind, size, start


def unpack(packed: NDArray[np.uint8], bits: int, signed: bool) -> NDArray[Any]:
    """Numbers of less than a byte each, the lowest bits first; the last ones may be padding.

    >>> unpack(np.array([0x2F, 0x08], np.uint8), 4, True).tolist()
    [-1, 2, -8, 0]
    """
    whole = lcm(bits, 8) // 8  # bytes after which a number begins with a byte again
    words = np.zeros((-(-len(packed) // whole), whole), np.uint32)
    words.reshape(-1)[: len(packed)] = packed
    joined = (words << (8 * np.arange(whole, dtype=np.uint32))).sum(1, dtype=np.uint32)
    shifts = bits * np.arange(8 * whole // bits, dtype=np.uint32)
    numbers: NDArray[np.uint8]
    numbers = ((joined[:, None] >> shifts) & (2**bits - 1)).astype(np.uint8).reshape(-1)
    if not signed:
        return numbers
    lowest = 2 ** (bits - 1)
    numbers[numbers >= lowest] -= 2 * lowest  # two's complement, as a byte
    return numbers.view(np.int8)
