"""Names and answers that were not written, from shards to a step, and that they are unlearnt."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops import tables
from ops.losses.config import DecisionWeights, MarginConfig, SupervisionConfig
from ops.losses.supervision import ProcessSupervision
from ops.negatives.contract import NEGATIVES
from ops.training.batch import Examples, collate, planned
from ops.training.contrast import Contrasted, contrasted
from ops.training.offered import choices
from ops.training.optimizer import adamw
from ops.training.pairs import Negatives
from ops.training.run import Run
from ops.training.window import Learner, step

NONE = {"tool_name": 0.0, "json_arguments": 0.0, "integration": 0.0}
CHOICES = SupervisionConfig(
    kd_weight=0.0, validity_weight=0.0, decisions=DecisionWeights(**NONE, selection=1.0)
)
BOTH = CHOICES.model_copy(update={"margin": MarginConfig(weight=1.0, beta=0.5)})


@pytest.fixture(scope="session")
def batches(shards_folder: Path) -> list[Examples]:
    return list(planned(shards_folder, "train"))


def whole_text(model: Any, text: list[int], cut: int) -> Tensor:
    """[] log-probability of a text's tokens from `cut` on, the text alone in the library's way."""
    logq = model(input_ids=torch.tensor([text])).logits[0].log_softmax(-1)
    found: Tensor = logq[cut - 1 : -1].gather(1, torch.tensor(text[cut:])[:, None]).sum()
    return found


def selected(model: Any, tokenizer: Any, rows: Examples) -> Tensor:
    """[D] -log of the right name's share among all that are offered, each text alone."""
    found = []
    for row in rows:
        for one in choices(tokenizer, row, 16):
            ids = row["input_ids"]
            texts = [ids[: one.end], *(ids[: one.start] + other for other in one.others)]
            scores = torch.stack([whole_text(model, text, one.start) for text in texts])
            found.append(-scores.log_softmax(0)[0])
    return torch.stack(found)


def apart(model: Any, path: Path, rows: Examples) -> Tensor:
    """[P] nats by which the right answer is likelier than the wrong one, where they differ."""
    known = {tuple(row["input_ids"]) for row in rows}
    found = []
    for one in tables.rows(tables.read(path, NEGATIVES)):
        if tuple(one["prompt_ids"] + one["positive_ids"]) in known:
            right, wrong = (
                whole_text(
                    model,
                    one["prompt_ids"] + one[f"{side}_ids"][: one[f"{side}_to"]],
                    len(one["prompt_ids"]) + one[f"{side}_from"],
                )
                for side in ("positive", "negative")
            )
            found.append(right - wrong)
    return torch.stack(found)


def test_without_a_weight_batches_are_what_they_were(tokenizer: Any, negatives: Path) -> None:
    plain = SupervisionConfig()
    assert contrasted(collate, tokenizer, plain, None) is collate
    assert contrasted(collate, tokenizer, plain, negatives) is collate
    made = contrasted(collate, tokenizer, BOTH, negatives)
    assert isinstance(made, Contrasted) and made.negatives is not None


def test_every_negative_of_a_train_example_is_a_pair(
    tokenizer: Any, negatives: Path, batches: list[Examples]
) -> None:
    made = Contrasted(collate, tokenizer, BOTH, Negatives(negatives))
    counts = [made(batch).counts() for batch in batches]
    listed = len(tables.read(negatives, NEGATIVES))
    assert sum(count["margin"] for count in counts) == listed > 30
    rows = [row for batch in batches for row in batch]
    wanted = sum(len(choices(tokenizer, row, 16)) for row in rows)
    assert sum(count["selection"] for count in counts) == wanted > 10
    longer = [row | {"input_ids": [*row["input_ids"], 0]} for row in rows]
    assert not any(Negatives(negatives).pairs(row) for row in longer)


def test_examples_without_any_have_counts_of_zero(tokenizer: Any, negatives: Path) -> None:
    row = {"prompt_id": "none", "input_ids": [5, 6, 7], "span_kind": [0, 2, 2], "tools": ""}
    row |= {"teacher_at": [], "teacher_ids": [], "teacher_logp": []}
    made = Contrasted(collate, tokenizer, BOTH, Negatives(negatives))([row])
    assert made.counts() == {"selection": 0.0, "margin": 0.0}
    assert made.forks == () and made.ids_T.tolist() == [5, 6, 7]


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_window_divides_once_by_its_decisions_and_pairs(
    toy: Callable[..., Run],
    toy_student: Callable[[], Any],
    tokenizer: Any,
    negatives: Path,
    accumulate: int,
) -> None:
    """Against every sequence as a text alone: loss, parts, and the norm of the whole gradient."""
    run = replace(
        toy(accumulate=accumulate, max_grad_norm=1e9),
        objective=ProcessSupervision(BOTH),
        collate=Contrasted(collate, tokenizer, BOTH, Negatives(negatives)),
    )
    model, reference = still(toy_student()), still(toy_student())
    number, window = next(run.order.windows(0))
    rows = [row for one in window for row in run.train[one.number]]
    nats_D, nats_P = (
        selected(reference, tokenizer, rows),
        torch.nn.functional.softplus(-0.5 * apart(reference, negatives, rows)),
    )
    loss = 0.5 * nats_D.mean() + 0.5 * nats_P.mean()
    slopes = torch.autograd.grad(loss, list(reference.parameters()))
    found = step(Learner(model, adamw(model, run.config), run), window, number, lambda: None)
    assert found.parts["selection"] == pytest.approx(nats_D.mean().item(), rel=1e-4)
    assert found.parts["margin"] == pytest.approx(nats_P.mean().item(), rel=1e-4)
    assert found.loss == pytest.approx(loss.item(), rel=1e-4)
    norm = torch.stack([slope.norm() for slope in slopes]).norm()
    assert found.grad_norm == pytest.approx(norm.item(), rel=1e-3)
    assert list(found.norms) == ["selection", "margin"]
    assert all(one > 0 for one in found.norms.values())


def still(model: Any) -> Any:
    """Without dropout."""
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.0
    return model


def test_training_on_them_alone_turns_from_the_wrong_names_and_answers(
    toy: Callable[..., Run],
    toy_student: Callable[[], Any],
    tokenizer: Any,
    negatives: Path,
    batches: list[Examples],
) -> None:
    """Eight steps on eight examples, measured text by text."""
    rows = [row for batch in batches for row in batch if row["has_call"]][:8]
    run = replace(
        toy(epochs=8, warmup=0),
        train=[rows],
        objective=ProcessSupervision(BOTH),
        collate=Contrasted(collate, tokenizer, BOTH, Negatives(negatives)),
    )
    model = still(toy_student())
    learner = Learner(model, adamw(model, run.config), run)

    def measured() -> tuple[float, float]:
        with torch.no_grad():
            share = selected(model, tokenizer, rows).neg().exp().mean()
            return float(share), float(apart(model, negatives, rows).mean())

    before = measured()
    for number, window in run.order.windows(0):
        step(learner, window, number, lambda: None)
    after = measured()
    assert before[0] < 0.3 and after[0] > 0.5
    assert before[1] < 0.0 < after[1]
