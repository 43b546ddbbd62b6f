"""Which tool: a choice among whole names, and not token by token.

Shape suffixes:  S tokens of names · Q names · D decisions, each with several names and one right.
Not here: where the log-probabilities of names that were not written come from.
"""

import torch
from torch import Tensor

from ops.losses.segments import segment_logsumexp, segment_sum


def sequence_scores(
    logp_S: Tensor, sequence_S: Tensor, sequences: int, normalise: bool = False
) -> Tensor:
    """Log-probability of each sequence given what is before it, [Q], nats; or nats per token.

    `sequence_S` says which sequence a token is of.
    """
    sums_Q = segment_sum(logp_S, sequence_S, sequences)
    if not normalise:
        return sums_Q
    return sums_Q / segment_sum(torch.ones_like(logp_S), sequence_S, sequences).clamp_min(1.0)


def selection(scores_Q: Tensor, decision_Q: Tensor, gold_D: Tensor) -> Tensor:
    """-log softmax of the right name's score among the names of its decision, [D], nats.

    `decision_Q` says which decision a name is offered to; `gold_D` which of the Q names is right.
    Names with a common beginning share the scores of it, so that only what differs is learnt.
    """
    return segment_logsumexp(scores_Q, decision_Q, len(gold_D)) - scores_Q[gold_D]
