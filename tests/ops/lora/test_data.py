"""Which prompts are learnt and which only judge: by their hash, and never none or all."""

from pathlib import Path
from typing import Any

import pytest

from ops.lora.data import data, kept_out
from ops.lora.train import fitting
from ops.losses.config import RepairConfig
from ops.student import tokenizer as tokenizers
from ops.training.batch import Examples, planned
from tests.conftest import CONTEXT
from tests.ops.lora.conftest import CONFIG

REPAIR = CONFIG.model_copy(update={"repair": RepairConfig(unlikelihood_weight=0.3)})
MANY = [f"prompt {number}" for number in range(4000)]


@pytest.fixture(scope="module")
def units(corrections: list[dict[str, Any]], student_folder: Path) -> list[Examples]:
    tokenizer = tokenizers.load(student_folder)
    return [fitting(row, tokenizer, REPAIR, CONTEXT) for row in corrections]


def prompts(batches: Any) -> set[str]:
    return {row["prompt_id"] for batch in batches for row in batch}


def test_five_per_cent_of_many_judge() -> None:
    """4,000 drawn at 0.05 are 200 with a deviation of 14."""
    assert abs(len(kept_out(MANY, 0.05)) - 200) < 60


def test_a_prompt_stays_on_its_side_whatever_comes_or_goes() -> None:
    whole = kept_out(MANY, 0.05)
    assert kept_out(reversed(MANY), 0.05) == whole
    assert kept_out(MANY[:2000] * 3, 0.05) == whole & set(MANY[:2000])


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("share", [0.001, 0.05, 0.999])
def test_neither_side_is_empty(count: int, share: float) -> None:
    for start in range(0, 400, count):
        kept = kept_out(MANY[start : start + count], share)
        assert 1 <= len(kept) < count


def test_a_single_prompt_is_learnt() -> None:
    assert kept_out(["a", "a", "a"], 0.5) == set()


def test_what_judges_is_not_what_is_learnt(units: list[Examples], shards_folder: Path) -> None:
    train, validation = data(units, shards_folder, REPAIR)
    trained, judged = prompts(train), prompts(validation)
    given = prompts(units)
    judging = kept_out(given, REPAIR.validation)
    assert trained & judged == set()
    assert given - trained == judging
    assert judging <= judged
    assert len(trained - given) == len(given - judging)  # replay = 1
    assert trained - given <= prompts(planned(shards_folder, "train"))
    assert judged - given == prompts(planned(shards_folder, "repair")) - given


def test_what_is_unlearnt_never_has_a_batch_for_itself(
    units: list[Examples], shards_folder: Path
) -> None:
    train, validation = data(units, shards_folder, REPAIR)
    for batch in (*train, *validation):
        wrong = {row["prompt_id"] for row in batch if "broken" in row}
        assert wrong <= {row["prompt_id"] for row in batch if "broken" not in row}
    assert sum("broken" in row for batch in train for row in batch) > 0


def test_without_shards_only_corrections_are_learnt_and_judge(units: list[Examples]) -> None:
    train, validation = data(units, None, REPAIR)
    assert prompts(train) | prompts(validation) == prompts(units)
    assert len(prompts(validation)) == len(kept_out(prompts(units), REPAIR.validation)) > 0
