"""The tokens that the grammar of an example's tools allows at each of its targets.

Worked out when a batch is collated: a mask takes some 0.1 ms, and one of a vocabulary of 150,000
tokens is 19 kB, which no shard need hold for each. Not here: the grammar (ops/grammar), what is
made of the masks (ops/losses/decisions.py).
"""

import json
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ops.grammar.compiled import Grammars
from ops.grammar.masks import NONE, MaskTable, masks
from ops.losses.allowed import Allowed
from ops.losses.decisions import CHECKED
from ops.spans.contract import KINDS
from ops.training.batch import Batch, Examples, collate, supervised

_CHECKED = [KINDS.index(kind) for kind in CHECKED]


class Grammatical:
    """Collates examples, with a mask at each token of a call whose tools are known."""

    def __init__(self, tokenizer: Any) -> None:
        """Takes the student's tokenizer. Raises ContractError if no answer could end in it."""
        self._grammars = Grammars(tokenizer)

    def __call__(self, examples: Examples) -> Batch:
        """The batch with `allowed`; without it where no example has a call with known tools."""
        batch, table = collate(examples), MaskTable(self._grammars.width)
        at_N = np.concatenate([self._masks(example, table) for example in examples])
        at_N = np.where(np.isin(batch.targets.kinds_N.numpy(), _CHECKED), at_N, NONE)
        if not (at_N != NONE).any():
            return batch
        allowed = Allowed(
            torch.from_numpy(at_N.astype(np.int64)),
            torch.from_numpy(table.rows().view(np.int32).copy()),
        )
        targets = replace(batch.targets, masked_N=allowed.at_N != NONE)
        return replace(batch, targets=targets, allowed=allowed)

    def _masks(self, example: dict[str, Any], table: MaskTable) -> NDArray[np.int32]:
        """Of each target the number of its mask, answer by answer."""
        places = supervised(example["span_kind"])
        found = np.full(len(places), NONE, dtype=np.int32)
        tools = json.loads(example.get("tools") or "[]")
        if not tools or not set(example["span_kind"]) & set(_CHECKED):
            return found
        for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
            numbers, tokens = zip(*run, strict=True)
            answer = example["input_ids"][tokens[0] : tokens[-1] + 1]
            found[list(numbers)] = masks(self._grammars, tools, answer, table).at
        return found
