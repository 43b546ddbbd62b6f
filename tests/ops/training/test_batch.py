"""Which logits predict which tokens, and what sharing a row does: nothing."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops.errors import ContractError
from ops.losses.objective import kd
from ops.student import model as students
from ops.training.batch import collate, epochs, logits, planned, supervised

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(student_folder: Path) -> Any:
    return students.load(student_folder).to(CPU).eval()


@pytest.fixture(scope="module")
def rows(shards_folder: Path) -> list[dict[str, Any]]:
    return [row for batch in planned(shards_folder, "train") for row in batch]


def example(ids: list[int], prompt_tokens: int) -> dict[str, Any]:
    return {
        "input_ids": ids,
        "span_kind": [0] * prompt_tokens + list(range(2, 2 + len(ids) - prompt_tokens)),
        "teacher_at": [],
        "teacher_ids": [],
        "teacher_logp": [],
    }


def test_a_token_is_predicted_from_the_one_before_it() -> None:
    batch = collate([example([5, 6, 7, 8], 2), example([9, 10, 11], 1)], CPU)
    assert batch.ids_T.tolist() == [5, 6, 7, 8, 9, 10, 11]
    assert batch.positions_T.tolist() == [0, 1, 2, 3, 0, 1, 2]
    assert batch.lengths == (4, 3)
    assert batch.rows_N.tolist() == [1, 2, 4, 5]
    assert batch.targets.labels_N.tolist() == [7, 8, 10, 11]
    assert batch.targets.kinds_N.tolist() == [2, 3, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_no_label_crosses_the_edge_of_an_example(seed: int) -> None:
    """Ids tell their example and position: 100 · example + position."""
    drawn = random.Random(seed)
    sizes = [drawn.randint(2, 30) for _ in range(drawn.randint(1, 12))]
    batch = collate(
        [
            example([100 * number + at for at in range(size)], drawn.randint(1, size - 1))
            for number, size in enumerate(sizes)
        ],
        CPU,
    )
    assert (batch.targets.labels_N == batch.ids_T[batch.rows_N] + 1).all()
    assert (batch.positions_T == batch.ids_T % 100).all()


def test_an_example_that_begins_with_a_target_is_refused() -> None:
    """Its first label could only be predicted from the example before it."""
    with pytest.raises(ContractError, match="an example of 3 tokens begins with a target"):
        collate([example([5, 6], 1), example([7, 8, 9], 0)], CPU)


def test_what_stands_between_two_answers_is_no_target() -> None:
    """A trajectory: prompt, call, observation, answer."""
    kinds = [0, 0, 5, 6, 0, 1, 0, 2]
    batch = collate([example(list(range(10, 18)), 1) | {"span_kind": kinds}], CPU)
    assert batch.targets.labels_N.tolist() == [12, 13, 17]
    assert batch.rows_N.tolist() == [1, 2, 6]
    assert batch.targets.kinds_N.tolist() == [5, 6, 2]


def test_teacher_rows_count_supervised_tokens_across_examples() -> None:
    one = example([5, 6, 7, 8], 2) | {
        "teacher_at": [3], "teacher_ids": [3, -1], "teacher_logp": [-0.5, -60.0],
    }  # fmt: skip
    two = example([9, 10, 11], 1) | {
        "teacher_at": [1, 2], "teacher_ids": [1, 2, 3, 4], "teacher_logp": [-1.0] * 4,
    }  # fmt: skip
    targets = collate([one, two], CPU).targets
    assert targets.teacher_rows_M.tolist() == [1, 2, 3]
    assert targets.teacher_ids_MK.tolist() == [[3, -1], [1, 2], [3, 4]]
    assert targets.teacher_logp_MK.shape == (3, 2)


def test_logits_are_those_of_the_whole_model(model: Any, rows: list[dict[str, Any]]) -> None:
    """Row by row, the probability of the supervised token as the plain forward pass gives it."""
    batch = collate(rows[:3], CPU)
    with torch.no_grad():
        found = logits(model, batch)
        for index, row in enumerate(rows[:3]):
            ids = torch.tensor(row["input_ids"])[None]
            whole = model(input_ids=ids).logits[0, [at - 1 for at in supervised(row["span_kind"])]]
            start = sum(len(supervised(r["span_kind"])) for r in rows[:index])
            torch.testing.assert_close(found[start : start + len(whole)], whole)


def test_moving_the_boundary_by_one_moves_the_gradient_by_one(model: Any) -> None:
    ids = [20, 30, 40, 50, 60, 70]
    assert moved_rows(model, ids, 3) == [2, 3, 4]
    assert moved_rows(model, ids, 4) == [3, 4]
    assert moved_rows(model, ids, 5) == [4]


def moved_rows(model: Any, ids: list[int], prompt_tokens: int) -> list[int]:
    """Positions whose last hidden state the loss reaches."""
    kept: list[Tensor] = []

    def keep(_module: Any, _given: Any, hidden: Tensor) -> None:
        hidden.retain_grad()
        kept.append(hidden)

    hook = model.model.norm.register_forward_hook(keep)
    batch = collate([example(ids, prompt_tokens)], CPU)
    kd(logits(model, batch), batch.targets, 0.0).total.backward()
    hook.remove()
    model.zero_grad()
    assert kept[0].grad is not None
    reached: list[int] = kept[0].grad[0].abs().sum(-1).nonzero().flatten().tolist()
    return reached


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_packing_changes_nothing(model: Any, rows: list[dict[str, Any]], weight: float) -> None:
    """The loss of a batch is the token-weighted loss of its examples alone."""
    chosen = [rows[0], rows[-1], rows[len(rows) // 2]]
    assert len({len(row["input_ids"]) for row in chosen}) == 3

    def loss(examples: list[dict[str, Any]]) -> tuple[float, int]:
        batch = collate(examples, CPU)
        with torch.no_grad():
            terms = kd(logits(model, batch), batch.targets, weight)
        return float(terms.total), len(batch.rows_N)

    together, tokens = loss(chosen)
    alone = [loss([row]) for row in chosen]
    assert tokens == sum(count for _, count in alone)
    assert together == pytest.approx(sum(v * n for v, n in alone) / tokens, rel=1e-5)


def test_planned_batches_are_the_plan_s(shards_folder: Path) -> None:
    batches = planned(shards_folder, "train")
    assert all(sum(len(row["input_ids"]) for row in batch) <= 1024 for batch in batches)
    assert {row["split"] for batch in batches for row in batch} == {"train"}
    assert len(batches) == len(list(batches))
    assert batches[1:3] == [batches[1], batches[2]]
    ids = [row["prompt_id"] for batch in batches for row in batch]
    assert len(ids) == len(set(ids)) == 72


def test_an_epoch_visits_each_batch_once() -> None:
    visited = [number for _, number in epochs(7, seed=1, steps=21, start=0)]
    for epoch in range(3):
        assert sorted(visited[7 * epoch : 7 * epoch + 7]) == list(range(7))
    assert visited[:7] != visited[7:14]


@pytest.mark.parametrize("start", [0, 1, 6, 7, 8, 20, 21])
def test_the_order_is_a_function_of_seed_and_epoch_wherever_it_starts(start: int) -> None:
    whole = list(epochs(7, seed=1, steps=21, start=0))
    assert list(epochs(7, seed=1, steps=21, start=start)) == whole[start:]
    assert [step for step, _ in whole] == list(range(21))
    orders = {tuple(n for _, n in epochs(7, seed, 7, 0)) for seed in range(20)}
    assert len(orders) > 15


def test_the_first_batches_of_the_seeds_are_not_all_the_same() -> None:
    first = Counter(next(epochs(4, seed, 4, 0))[1] for seed in range(100))
    assert set(first) == {0, 1, 2, 3}
