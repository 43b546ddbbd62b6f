"""Which hidden states predict which tokens, and what is known of each target."""

import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops.errors import ContractError
from ops.student import model as students
from ops.training.batch import collate, longest, planned, supervised
from ops.training.hidden import hidden


@pytest.fixture(scope="module")
def model(student_folder: Path) -> Any:
    return students.load(student_folder).cpu().eval()


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
    batch = collate([example([5, 6, 7, 8], 2), example([9, 10, 11], 1)])
    assert batch.ids_T.tolist() == [5, 6, 7, 8, 9, 10, 11]
    assert batch.positions_T.tolist() == [0, 1, 2, 3, 0, 1, 2]
    assert batch.lengths == (4, 3)
    assert batch.rows_N.tolist() == [1, 2, 4, 5]
    assert batch.targets.ids_NK[:, 0].tolist() == [7, 8, 10, 11]
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
        ]
    )
    assert (batch.targets.ids_NK[:, 0] == batch.ids_T[batch.rows_N] + 1).all()
    assert (batch.positions_T == batch.ids_T % 100).all()


def test_an_example_that_begins_with_a_target_is_refused() -> None:
    """Its first label could only be predicted from the example before it."""
    with pytest.raises(ContractError, match="an example of 3 tokens begins with a target"):
        collate([example([5, 6], 1), example([7, 8, 9], 0)])


def test_what_stands_between_two_answers_is_no_target() -> None:
    """A trajectory: prompt, call, observation, answer."""
    kinds = [0, 0, 5, 6, 0, 1, 0, 2]
    batch = collate([example(list(range(10, 18)), 1) | {"span_kind": kinds}])
    assert batch.targets.ids_NK[:, 0].tolist() == [12, 13, 17]
    assert batch.rows_N.tolist() == [1, 2, 6]
    assert batch.targets.kinds_N.tolist() == [5, 6, 2]


def test_teacher_rows_count_supervised_tokens_across_examples() -> None:
    one = example([5, 6, 7, 8], 2) | {
        "teacher_at": [3], "teacher_ids": [3, -1], "teacher_logp": [-0.5, -60.0],
    }  # fmt: skip
    two = example([9, 10, 11], 1) | {
        "teacher_at": [1, 2], "teacher_ids": [1, 2, 3, 4], "teacher_logp": [-1.0] * 4,
    }  # fmt: skip
    targets = collate([one, two]).targets
    assert targets.ids_NK.tolist() == [[7, -1, -1], [8, 3, -1], [10, 1, 2], [11, 3, 4]]
    none = -math.inf
    expected = [[none] * 3, [none, -0.5, none], [none, -1.0, -1.0], [none, -1.0, -1.0]]
    assert targets.teacher_logp_NK.tolist() == expected
    assert targets.taught_N.tolist() == [False, True, True, True]


def test_the_label_is_the_first_outcome_with_what_the_teacher_told_of_it() -> None:
    """It is told once, wherever the teacher had it; an id that is missing has no probability."""
    row = example([5, 6, 7, 8], 2) | {
        "teacher_at": [2, 3],
        "teacher_ids": [9, 7, 3, 8, -1, -1],
        "teacher_logp": [-2.0, -0.25, -3.0, -0.125, -60.0, -60.0],
    }
    targets = collate([row]).targets
    none = -math.inf
    assert targets.ids_NK.tolist() == [[7, 9, -1, 3], [8, -1, -1, -1]]
    assert targets.teacher_logp_NK.tolist() == [
        [-0.25, -2.0, none, -3.0],
        [-0.125, none, none, none],
    ]


def test_batches_with_and_without_a_teacher_share_a_width() -> None:
    taught = example([5, 6, 7], 2) | {
        "teacher_at": [2], "teacher_ids": [4, 7], "teacher_logp": [-1.0, -0.5],
    }  # fmt: skip
    targets = collate([example([1, 2], 1), taught]).targets
    assert targets.ids_NK.tolist() == [[2, -1, -1], [7, 4, -1]]
    assert targets.taught_N.tolist() == [False, True]


def test_a_span_is_a_run_of_one_kind_in_one_example() -> None:
    """The kinds are 3 3 4, a context token, 4 4, and 4 in the next example."""
    first = example(list(range(10, 18)), 1) | {"span_kind": [0, 3, 3, 4, 0, 4, 4, 5]}
    second = example([20, 21], 1) | {"span_kind": [0, 5]}
    targets = collate([first, example([30, 31], 2), second]).targets
    assert targets.kinds_N.tolist() == [3, 3, 4, 4, 4, 5, 5]
    assert targets.spans_N.tolist() == [0, 0, 1, 2, 2, 3, 4]


def test_weights_and_what_is_broken_are_the_example_s() -> None:
    heavy = example([5, 6, 7], 1) | {"weight": 2.5}
    bad = example([8, 9, 10], 1) | {"broken": [False, False, True]}
    targets = collate([heavy, bad]).targets
    assert targets.weights_N.tolist() == [2.5, 2.5, 1.0, 1.0]
    assert targets.broken_N.tolist() == [False, False, False, True]


def test_the_longest_batch_is_found_by_the_plan(shards_folder: Path) -> None:
    batches = planned(shards_folder, "train")
    lengths, targets = longest(batches)
    assert sum(lengths) == max(sum(len(row["input_ids"]) for row in one) for one in batches)
    assert 0 < targets < sum(lengths)
    assert longest(list(batches)) == (lengths, targets)


def test_hidden_states_are_those_of_the_whole_model(model: Any, rows: list[dict[str, Any]]) -> None:
    """Row by row, the logits of the supervised token as the plain forward pass gives them."""
    batch = collate(rows[:3])
    with torch.no_grad():
        found = model.lm_head(hidden(model, batch))
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
    batch = collate([example(ids, prompt_tokens)])
    logp_NV = model.lm_head(hidden(model, batch)).log_softmax(-1)
    (-logp_NV.gather(-1, batch.targets.ids_NK[:, :1]).sum()).backward()
    hook.remove()
    model.zero_grad()
    assert kept[0].grad is not None
    reached: list[int] = kept[0].grad[0].abs().sum(-1).nonzero().flatten().tolist()
    return reached


def test_planned_batches_are_the_plan_s(shards_folder: Path) -> None:
    batches = planned(shards_folder, "train")
    assert all(sum(len(row["input_ids"]) for row in batch) <= 1024 for batch in batches)
    assert {row["split"] for batch in batches for row in batch} == {"train"}
    assert len(batches) == len(list(batches))
    assert batches[1:3] == [batches[1], batches[2]]
    ids = [row["prompt_id"] for batch in batches for row in batch]
    assert len(ids) == len(set(ids)) == 72
