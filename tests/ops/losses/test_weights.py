"""The weights that a person is shown are those that the objective trains with."""

import pytest
import torch

from ops.losses.objective import Targets, combine, kd, process
from ops.losses.weights import token_weights
from ops.spans.contract import CONTEXT_KINDS, KINDS

WEIGHTS = {"tool_name": 0.15, "json_arguments": 0.05, "integration": 0.10}
CONTEXT = [KINDS.index(kind) for kind in CONTEXT_KINDS]


@pytest.mark.parametrize("process_weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    "words",
    [
        "prompt prompt action tool_name tool_name json_arguments json_value json_arguments prose",
        "prompt observation integration prose prose integration prose",
        "prompt prose prose",
    ],
)
def test_the_loss_is_the_weighted_mean_of_the_tokens(words: str, process_weight: float) -> None:
    kinds = [KINDS.index(word) for word in words.split()]
    learnt = torch.tensor([kind for kind in kinds if kind not in CONTEXT])
    torch.manual_seed(1)
    logits_NV = torch.randn(len(learnt), 7)
    empty = torch.empty(0, dtype=torch.long)
    targets = Targets(
        torch.randint(7, (len(learnt),)), learnt, empty, empty.view(0, 1), torch.empty(0, 1)
    )
    terms = combine(
        kd(logits_NV, targets, 0.0), process(logits_NV, targets, WEIGHTS), process_weight
    )
    ce_N = torch.nn.functional.cross_entropy(logits_NV, targets.labels_N, reduction="none")
    weights = token_weights(kinds, process_weight, WEIGHTS)
    assert [weight for weight, kind in zip(weights, kinds, strict=True) if kind in CONTEXT] == [
        0.0 for kind in kinds if kind in CONTEXT
    ]
    told_N = torch.tensor(
        [w for w, kind in zip(weights, kinds, strict=True) if kind not in CONTEXT]
    )
    torch.testing.assert_close((told_N * ce_N).mean(), terms.total)
    torch.testing.assert_close(told_N.mean(), torch.tensor(1.0))
