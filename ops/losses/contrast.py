"""Sequences of a row that are weighed against one another, and the losses of that.

A batch says which sequences there are and in which row of the hidden states each of their tokens
is predicted (ops/training/branches.py); their log-probabilities are those of label.py. As what is
compared lies in many rows, it is in no chunk of the head's pass, and the gradient is autograd's.

Shape suffixes:  S tokens of sequences · Q sequences · M names, the first of the sequences ·
D decisions · P pairs.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ops.losses.contract import Sums
from ops.losses.margin import margin
from ops.losses.selection import selection, sequence_scores


@dataclass(frozen=True, slots=True)
class Names:
    """Decisions among the names of tools.

    decision_M: the decision that each of the first M sequences is a name of. gold_D: which of them
    is right. weights_D: what the decision counts for.
    """

    decision_M: Tensor
    gold_D: Tensor
    weights_D: Tensor

    def to(self, device: torch.device) -> "Names":
        """The same on a device."""
        decision_M, gold_D = self.decision_M.to(device), self.gold_D.to(device)
        return Names(decision_M, gold_D, self.weights_D.to(device))


@dataclass(frozen=True, slots=True)
class Pairs:
    """A right and a wrong sequence each: their numbers, and what the pair counts for."""

    right_P: Tensor
    wrong_P: Tensor
    weights_P: Tensor
    beta: float

    def to(self, device: torch.device) -> "Pairs":
        """The same on a device."""
        right_P, wrong_P = self.right_P.to(device), self.wrong_P.to(device)
        return Pairs(right_P, wrong_P, self.weights_P.to(device), self.beta)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The sequences of a batch, and what is compared; None = that component is not asked for.

    rows_S: where in the row the hidden state stands that predicts the token. ids_S: the token.
    sequence_S: the number of its sequence, from 0 to `sequences`.
    """

    rows_S: Tensor
    ids_S: Tensor
    sequence_S: Tensor
    sequences: int
    names: Names | None = None
    pairs: Pairs | None = None

    def to(self, device: torch.device) -> "Contrast":
        """The same on a device."""
        return replace(
            self,
            rows_S=self.rows_S.to(device),
            ids_S=self.ids_S.to(device),
            sequence_S=self.sequence_S.to(device),
            names=None if self.names is None else self.names.to(device),
            pairs=None if self.pairs is None else self.pairs.to(device),
        )

    def counts(self) -> dict[str, float]:
        """What divides each component: the weight of its decisions, or pairs."""
        found = {}
        if self.names is not None:
            found["selection"] = float(self.names.weights_D.sum())
        if self.pairs is not None:
            found["margin"] = float(self.pairs.weights_P.sum())
        return found

    def sums(self, logp_S: Tensor) -> Sums:
        """Each component's sum over its decisions or pairs, in nats times weight."""
        scores_Q = sequence_scores(logp_S, self.sequence_S, self.sequences)
        found = {}
        if (names := self.names) is not None:
            scores_M = scores_Q[: len(names.decision_M)]
            nats_D = selection(scores_M, names.decision_M, names.gold_D)
            found["selection"] = (nats_D * names.weights_D).sum()
        if (pairs := self.pairs) is not None:
            nats_P = margin(scores_Q, pairs.right_P, pairs.wrong_P, pairs.beta)
            found["margin"] = (nats_P * pairs.weights_P).sum()
        return found
