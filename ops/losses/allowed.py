"""The tokens that a grammar allows, as packed bits, and sums over them of a chunk of numbers.

Bits are unpacked for a few rows at a time, so the memory is a small part of the logits'.
Shape suffixes:  N rows · C rows of one chunk · A rows of them with a mask · M masks · W words of
32 bits · V vocabulary · K listed outcomes.  Not here: where masks come from (ops/grammar/masks.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

UNPACKED = 16
"""Rows whose bits are unpacked at a time."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the grammar allows in N rows.

    at_N: row of the table; -1 = there is no grammar, everything is allowed.
    table_MW: 32-bit words, bit v % 32 of word v // 32 is token v (MaskTable.rows()); tokens beyond
        the words are not allowed.
    """

    at_N: Tensor
    table_MW: Tensor

    def chunks(self, chunk: int) -> list["Masked"]:
        """The masks of each chunk of rows; the only wait for a device."""
        count = len(self.at_N)
        places_A = (self.at_N >= 0).nonzero()[:, 0]
        numbers = torch.bincount(places_A // chunk, minlength=-(-count // chunk)).tolist()
        table_MW, starts = self.table_MW.view(torch.int32), range(0, count, chunk)
        return [
            Masked(self.at_N[start : start + chunk], rows_A - start, table_MW)
            for start, rows_A in zip(starts, torch.split(places_A, numbers), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Masked:
    """The masks of C rows, of which those of `rows_A` have one."""

    at_C: Tensor
    rows_A: Tensor
    table_MW: Tensor

    @property
    def has_C(self) -> Tensor:
        """Whether the row has a mask."""
        return self.at_C >= 0

    def listed(self, ids_CK: Tensor) -> Tensor:
        """[C, K] whether the token is allowed; all of them in a row without a mask."""
        word_CK = ids_CK >> 5
        last = self.table_MW.shape[1] - 1
        held_CK = self.table_MW[self.at_C.clamp_min(0)[:, None], word_CK.clamp_max(last)]
        bit_CK = (held_CK >> (ids_CK & 31).int() & 1).bool() & (word_CK <= last)
        return bit_CK | ~self.has_C[:, None]

    def sums(self, e_CV: Tensor, into_C: Tensor, squares_C: Tensor) -> None:
        """The sum over the allowed tokens, and of the squares, written where there is a mask."""
        for rows, bits in self._unpacked(e_CV.shape[1]):
            part = e_CV[rows].mul_(bits)
            into_C[rows] = part.sum(1)
            squares_C[rows] = torch.linalg.vecdot(part, part)

    def scale(self, e_CV: Tensor, every_C: Tensor, allowed_C: Tensor) -> None:
        """Multiply the rows that have a mask by `every`, and `allowed` more where it allows."""
        for rows, bits in self._unpacked(e_CV.shape[1]):
            every, more = every_C[rows, None], allowed_C[rows, None]
            e_CV[rows] = e_CV[rows].mul_(torch.where(bits, every + more, every))

    def _unpacked(self, width: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows, and which of `width` tokens they allow."""
        shifts = torch.arange(8, dtype=torch.uint8, device=self.table_MW.device)
        for rows in torch.split(self.rows_A, UNPACKED):
            octets = self.table_MW[self.at_C[rows]].view(torch.uint8)
            bits = (octets[..., None] >> shifts & 1).bool().flatten(1)[:, :width]
            yield rows, functional.pad(bits, (0, width - bits.shape[1]))
