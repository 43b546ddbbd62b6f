"""A right output should be likelier than a wrong one of the same prompt.

Shape suffixes:  S tokens in which the two differ · Q sequences · P pairs.
Not here: how a wrong output is made (ops/negatives).
"""

from torch import Tensor
from torch.nn import functional


def margin(scores_Q: Tensor, right_P: Tensor, wrong_P: Tensor, beta: float) -> Tensor:
    """-log sigmoid(β (score of the right - score of the wrong)), [P], nats.

    Scores are those of selection.sequence_scores over the tokens that differ: what the two have in
    common would only add noise, and has the same score in both. `right_P` and `wrong_P` are numbers
    of sequences. Source: Rafailov et al., DPO, arXiv:2305.18290, equation 7, without a reference.
    """
    return functional.softplus(-beta * (scores_Q[right_P] - scores_Q[wrong_P]))
