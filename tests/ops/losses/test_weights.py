"""The weights that a person is shown are those that the objective trains with."""

import pytest
import torch

from ops.losses.config import DecisionWeights, SupervisionConfig
from ops.losses.supervision import ProcessSupervision
from ops.losses.weights import token_weights
from ops.spans.contract import CONTEXT_KINDS, KINDS
from tests.ops.losses.naive import descended, draw, look, nats, told

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
    learnt = [kind for kind in kinds if kind not in CONTEXT]
    labels = draw(1, len(learnt), 7).argmax(-1).tolist()
    logits_NV = draw(2, len(learnt), 7)
    everything = tuple(range(len(learnt)))
    targets = told(logits_NV, labels, 3, [KINDS[kind] for kind in learnt], untaught=everything)
    config = SupervisionConfig(
        kd_weight=1.0 - process_weight, decisions=DecisionWeights.model_validate(WEIGHTS)
    )
    total = descended(ProcessSupervision(config), look(logits_NV, targets), targets)
    ce_N = nats(logits_NV, targets)
    weights = token_weights(kinds, process_weight, WEIGHTS)
    assert [weight for weight, kind in zip(weights, kinds, strict=True) if kind in CONTEXT] == [
        0.0 for kind in kinds if kind in CONTEXT
    ]
    counted_N = torch.tensor(
        [w for w, kind in zip(weights, kinds, strict=True) if kind not in CONTEXT]
    ).double()
    torch.testing.assert_close((counted_N * ce_N).mean(), total, atol=1e-6, rtol=1e-6)
    nothing = process_weight == 1.0 and words == "prompt prose prose"
    assert counted_N.mean().item() == pytest.approx(0.0 if nothing else 1.0)
