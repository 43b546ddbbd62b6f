"""A batch with what its examples might have said: other tools' names, and wrong answers.

Worked out when a batch is collated, as masks are (grammar.py). Not here: where the branches lie
(branches.py), the losses (ops/losses/contrast.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ops.losses.config import SupervisionConfig
from ops.losses.contrast import Names, Pairs
from ops.training.batch import Batch, Examples
from ops.training.branches import Branches
from ops.training.offered import choices
from ops.training.pairs import Negatives

Collate = Callable[[Examples], Batch]


@dataclass(frozen=True, slots=True)
class Contrasted:
    """Collates examples, with the sequences of each component that has a weight.

    most: other names at a call. negatives: None = no margin.
    """

    collate: Collate
    tokenizer: Any
    config: SupervisionConfig
    negatives: Negatives | None = None

    def __call__(self, examples: Examples) -> Batch:
        """The batch with `contrast`, which may hold nothing."""
        branches = Branches(self.collate(examples))
        names = self._names(branches, examples) if self.config.decisions.selection else None
        pairs = self._pairs(branches, examples, self.negatives) if self.negatives else None
        return branches.laid(names, pairs)

    def _names(self, branches: Branches, examples: Examples) -> Names:
        """The first sequences: of each decision the right name, then the others."""
        decision, gold, weights = list[int](), list[int](), list[float]()
        for number, example in enumerate(examples):
            for one in choices(self.tokenizer, example, self.config.alternatives):
                gold.append(branches.written(number, one.start, one.end))
                for other in one.others:
                    branches.branch(number, one.start, other)
                decision += [len(weights)] * (1 + len(one.others))
                weights.append(example.get("weight", 1.0))
        return Names(
            torch.tensor(decision, dtype=torch.int64),
            torch.tensor(gold, dtype=torch.int64),
            torch.tensor(weights, dtype=torch.float32),
        )

    def _pairs(self, branches: Branches, examples: Examples, negatives: Negatives) -> Pairs:
        right, wrong, weights = list[int](), list[int](), list[float]()
        for number, example in enumerate(examples):
            for one in negatives.pairs(example):
                right.append(branches.written(number, one.start, one.end))
                wrong.append(branches.branch(number, one.start, one.wrong))
                weights.append(example.get("weight", 1.0))
        return Pairs(
            torch.tensor(right, dtype=torch.int64),
            torch.tensor(wrong, dtype=torch.int64),
            torch.tensor(weights, dtype=torch.float32),
            self.config.margin.beta,
        )


def contrasted(
    collate: Collate, tokenizer: Any, config: SupervisionConfig, negatives: Path | None
) -> Collate:
    """`collate` itself where nothing that compares sequences has a weight."""
    table = Negatives(negatives) if negatives is not None and config.margin.weight else None
    if not config.decisions.selection and table is None:
        return collate
    return Contrasted(collate, tokenizer, config, table)
