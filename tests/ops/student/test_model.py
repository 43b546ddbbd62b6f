"""Weights made, saved, loaded; and folders that hold none."""

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from ops.errors import InputError
from ops.student import model as students
from ops.student.config import ScratchConfig

SMALL = ScratchConfig(vocabulary=600, hidden=32, layers=1, heads=2, kv_heads=1, feed_forward=48)


def test_weights_are_a_function_of_the_seed(tokenizer: Any) -> None:
    one, same, other = (students.scratch(SMALL, tokenizer, 64, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.lm_head.weight, other.lm_head.weight)


def test_scratch_student_has_the_asked_shape(tokenizer: Any) -> None:
    made = students.scratch(SMALL, tokenizer, 64, 1)
    assert made.model.embed_tokens.weight is made.lm_head.weight
    assert made.lm_head.weight.shape == (len(tokenizer), 32)
    attention = 32 * 32 * 2 + 32 * 16 * 2
    assert sum(p.numel() for p in made.parameters()) == (
        len(tokenizer) * 32 + attention + 3 * 32 * 48 + 3 * 32
    )
    assert made.config.eos_token_id == tokenizer.eos_token_id


def test_a_saved_student_computes_the_same(tokenizer: Any, tmp_path: Path) -> None:
    made = students.scratch(SMALL, tokenizer, 64, 1).eval()
    students.save(made, tokenizer, tmp_path)
    loaded, ids = students.load(tmp_path).cpu().eval(), torch.arange(20)[None]
    assert torch.equal(made(input_ids=ids).logits, loaded(input_ids=ids).logits)


@pytest.mark.parametrize(
    "config",
    [pytest.param(None, id="empty_folder"), pytest.param('{"model_type": "x"}', id="unknown")],
)
def test_a_folder_without_a_student_is_one_line(tmp_path: Path, config: str | None) -> None:
    if config:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(InputError, match=r"is not a student: .+; expected a Hugging Face folder"):
        students.load(tmp_path)


@pytest.mark.parametrize(
    "heads", [pytest.param((5, 1), id="width"), pytest.param((6, 4), id="key_heads")]
)
def test_heads_must_divide(heads: tuple[int, int]) -> None:
    with pytest.raises(ValidationError, match="must divide"):
        ScratchConfig(hidden=192, heads=heads[0], kv_heads=heads[1])
