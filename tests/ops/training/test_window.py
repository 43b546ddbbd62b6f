"""What one step divides by, descends and tells; with weights drawn from the student too."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ops.losses.config import SupervisionConfig
from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.supervision import ProcessSupervision
from ops.training.batch import collate
from ops.training.hidden import hidden
from ops.training.optimizer import adamw
from ops.training.run import Run
from ops.training.window import Learner, Stepped, step
from tests.ops.training.conftest import Text

Toy = Callable[..., Run]
Student = Callable[[], Any]


class Sure(Text):
    """Cross-entropy weighted by how sure the student is; and what is measured and not learnt."""

    looks_first = True

    def counts(self, targets: Targets, progress: float) -> dict[str, float]:
        return {**super().counts(targets, progress), "seen": float(len(targets))}

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        return {"cross_entropy": 1.0, "seen": 0.0}

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        return {
            **super().sums(seen, targets, progress),
            "seen": (1.0 - seen.logq_CK[:, 0].exp()).sum(),
        }

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        return replace(targets, weights_N=seen.logq_CK[:, 0].exp())

    def stepped(self, means: Mapping[str, float]) -> None:
        assert set(means) == {"cross_entropy", "seen"}


def plain(model: Any) -> Any:
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.0
    return model


def stepped(run: Run, model: Any) -> Stepped:
    """The first step of a run."""
    number, window = next(run.order.windows(0))
    return step(Learner(model, adamw(model, run.config), run), window, number, lambda: None)


def first_rows(run: Run) -> list[dict[str, Any]]:
    _, window = next(run.order.windows(0))
    return [row for one in window for row in run.train[one.number]]


def logp(model: Any, rows: list[dict[str, Any]]) -> Tensor:
    """[N] log-probability of each target, computed the long way."""
    batch = collate(rows)
    whole_NV = model.lm_head(hidden(model, batch)).log_softmax(-1)
    return whole_NV.gather(-1, batch.targets.ids_NK[:, :1])[:, 0]


@pytest.mark.parametrize("accumulate", [1, 3])
def test_weights_of_a_look_divide_by_their_own_sum(
    toy: Toy, toy_student: Student, accumulate: int
) -> None:
    """Over the whole window, whatever it is cut into, and without a gradient of their own."""
    run, model = toy(accumulate=accumulate), plain(toy_student())
    run = replace(run, objective=Sure())
    reference = plain(toy_student())
    nats_N = -logp(reference, first_rows(run))
    sure_N = (-nats_N).exp().detach()
    expected = (sure_N * nats_N).sum() / sure_N.sum()
    expected.backward()
    norm = torch.stack([p.grad.norm() for p in reference.parameters() if p.grad is not None]).norm()
    found = stepped(run, model)
    assert found.loss == pytest.approx(expected.item(), rel=1e-5)
    assert found.grad_norm == pytest.approx(norm.item(), rel=1e-4)
    assert found.tokens == len(nats_N)
    assert found.parts["seen"] == pytest.approx((1 - (-nats_N).exp()).mean().item(), rel=1e-4)
    assert set(found.norms) == {"cross_entropy"}


def test_the_parts_make_the_loss_and_absent_ones_are_not_named(
    toy: Toy, toy_student: Student
) -> None:
    objective = ProcessSupervision(SupervisionConfig())
    run = replace(toy(accumulate=2), objective=objective)
    untaught = {"teacher_at": [], "teacher_ids": [], "teacher_logp": []}
    silent = replace(run, train=[[row | untaught for row in batch] for batch in run.train])
    for one in (run, silent):
        found, targets = stepped(one, plain(toy_student())), collate(first_rows(one)).targets
        present = {name: n > 0 for name, n in objective.counts(targets, 0.0).items()}
        weights = objective.weights(present, 0.0)
        assert found.parts.keys() == {name for name, there in present.items() if there}
        assert found.loss == pytest.approx(sum(weights[n] * x for n, x in found.parts.items()))
        assert found.norms.keys() == weights.keys()
    assert "divergence" not in found.parts
    assert math.isclose(sum(weights.values()), 1.0)


def test_a_teacher_who_told_minus_infinity_is_no_nan(toy: Toy, toy_student: Student) -> None:
    """An outcome of probability 0 is one that was not told: the loss stays finite."""
    run = replace(toy(), objective=ProcessSupervision(SupervisionConfig(kd_weight=1.0)))
    batches = [
        [row | {"teacher_logp": spoilt(row["teacher_logp"])} for row in batch]
        for batch in run.train
    ]
    model = toy_student()
    found = stepped(replace(run, train=batches), model)
    assert math.isfinite(found.loss) and math.isfinite(found.grad_norm)
    assert found.parts["divergence"] > 0
    assert all(bool(value.isfinite().all()) for value in model.parameters())


def spoilt(logp: list[float]) -> list[float]:
    """Every second number is minus infinity."""
    return [-math.inf if index % 2 else one for index, one in enumerate(logp)]
