"""Which tokens the grammar allows at each place of an answer, given the answer up to there.

What a loss over the grammar's mass needs: the masks are worked out once, in data preparation, and
no training step parses anything. Inside a string the same tokens are allowed at every place, so
equal masks are stored once: a place holds the number of its mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops.errors import ContractError
from ops.grammar.compiled import Grammars

NONE = -1


class MaskTable:
    """Different masks, each once, in the order in which they were met.

    A mask is a row of ceil(V / 32) words: bit v % 32 of word v // 32 says whether token v is
    allowed. It is bounded by its owner: one table a shard.
    """

    def __init__(self, width: int) -> None:
        """For masks of `width` bits, `Grammars.width`."""
        self.words = -(-width // 32)
        self._numbers: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, mask: bytes) -> int:
        """The row of this mask, a new one if it was not met before; llguidance's is a word over."""
        return self._numbers.setdefault(mask[: 4 * self.words], len(self._numbers))

    def rows(self) -> NDArray[np.uint32]:
        """All masks, [number, ceil(V / 32)], little-endian words."""
        packed = np.frombuffer(b"".join(self._numbers), dtype="<u4")
        return packed.reshape(len(self._numbers), self.words)


@dataclass(frozen=True, slots=True)
class Masks:
    """For each token of an answer the number of its mask; NONE = there is none.

    `refused` is the first token that the grammar does not allow, with `reason`; from there on
    nothing is known, and there are no masks. None and "" = the whole answer is allowed.
    """

    at: NDArray[np.int32]
    refused: int | None = None
    reason: str = ""


def masks(
    grammars: Grammars,
    tools: Sequence[Mapping[str, Any]],
    answer: Sequence[int],
    table: MaskTable,
) -> Masks:
    """The masks of an answer's N tokens, its end token among them, [N]; new ones go to `table`.

    The mask at n is of the tokens that may follow the first n. A tool set without a grammar is a
    reason too.
    """
    at = np.full(len(answer), NONE, dtype=np.int32)
    try:
        matcher = grammars.of(tools).matcher()
    except ContractError as error:
        return Masks(at, 0, str(error))
    for place, token in enumerate(answer):
        mask = matcher.compute_bitmask()
        if matcher.is_error():
            return Masks(at, place, _one_line(f"the grammar gives up: {matcher.get_error()}"))
        if not allows(mask, token):
            return Masks(at, place, f"token {token} at {place} of the answer is not allowed")
        at[place] = table.number(mask)
        matcher.consume_token(token)
    return Masks(at)


def allows(mask: bytes, token: int) -> bool:
    """Whether the token's bit is set; a token beyond the mask is not allowed."""
    return token >> 3 < len(mask) and bool(mask[token >> 3] >> (token & 7) & 1)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
