"""Nats of the right answer: against one plain pass over each text alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ops.errors import ContractError
from ops.evaluation.right import ROWS, nats, right_answer
from ops.student import model as students

PROMPTS = ["a", "set a timer, please", "", "what is the weather in Rome tomorrow?"] * 3
ANSWERS = ["It is 21 degrees.<|im_end|>", "ok<|im_end|>", "no<|im_end|>"] * 4


def alone(model: Any, tokenizer: Any, prompt: str, answer: str) -> tuple[float, int]:
    """By the definition, without padding, position ids or a mask."""
    asked, told = (
        tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt or "x", answer)
    )
    with torch.no_grad():
        logits = model(torch.tensor([asked + told])).logits[0].log_softmax(-1)
    return -float(sum(logits[len(asked) + i - 1, token] for i, token in enumerate(told))), len(told)


def test_a_batch_gives_what_each_text_gives_alone(student_folder: Path, tokenizer: Any) -> None:
    model = students.load(student_folder).eval()
    prompts = [prompt or "x" for prompt in PROMPTS]
    assert len(prompts) > ROWS
    found = nats(model, tokenizer, prompts, ANSWERS)
    for pair, prompt, answer in zip(found, prompts, ANSWERS, strict=True):
        wanted = alone(model, tokenizer, prompt, answer)
        assert pair[1] == wanted[1]
        assert pair[0] == pytest.approx(wanted[0], abs=2e-3)


def test_weights_that_are_no_numbers_are_told(student_folder: Path, tokenizer: Any) -> None:
    model = students.load(student_folder).eval()
    model.lm_head.weight.data[5] = float("nan")
    with pytest.raises(ContractError, match="its weights hold NaN or infinite numbers"):
        nats(model, tokenizer, ["a"], ["b<|im_end|>"])


def test_the_right_answer_is_written_as_it_is_learnt() -> None:
    calls = '[{"name": "go", "arguments": {"to": "Rome"}}]'
    assert right_answer({"content": "", "calls": calls}) == (
        '<tool_call>\n{"name": "go", "arguments": {"to": "Rome"}}\n</tool_call><|im_end|>'
    )
    assert right_answer({"content": "21 degrees.", "calls": "[]"}) == "21 degrees.<|im_end|>"
