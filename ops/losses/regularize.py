"""What is asked of the student's own distribution, whatever the teacher says.

Shape suffixes:  C rows · O = K + 1 outcomes, the last of them the tail.  Unit: nats, but for the
penalty, which has none.
"""

import math

import torch
from torch import Tensor

from ops.losses.contract import Outcomes
from ops.losses.outcomes import cross_entropy, entropy, other_than_label


def entropy_bonus(logq_CO: Tensor) -> Tensor:
    """-H(q) of the outcomes, [C]: to descend it is to become less sure.

    Source: Pereyra et al., arXiv:1701.06548, section 3.
    """
    return -entropy(logq_CO)


def confidence_penalty(logq_CO: Tensor) -> Tensor:
    """(largest probability of a listed token)², [C]."""
    return logq_CO[:, :-1].amax(-1).exp() ** 2


def smoothed_cross_entropy(seen: Outcomes, smoothing: float) -> Tensor:
    """Cross-entropy with 1 - smoothing on the token of the text, the rest on all others, [C].

    Of the two outcomes {the token, any other}: how the rest is spread among the others is the
    teacher's affair, and the divergence from it stays 0 where the student equals it. The least is
    taken off, so that it is 0 at q = 1 - smoothing.
    Source: Szegedy et al., arXiv:1512.00567, section 7, with the others merged.
    """
    if smoothing == 0.0:
        return cross_entropy(seen)
    least = -smoothing * math.log(smoothing) - (1.0 - smoothing) * math.log1p(-smoothing)
    on_text_C = (1.0 - smoothing) * cross_entropy(seen)
    return torch.relu(on_text_C - smoothing * other_than_label(seen) - least)
