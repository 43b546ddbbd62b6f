"""The estimate before the first step, against what is counted and measured."""

from dataclasses import replace
from typing import Any

import peft
import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from ops.losses.config import DistillationConfig
from ops.losses.distillation import Distillation
from ops.losses.head import Aim
from ops.losses.product import Head
from ops.spans.contract import KINDS
from ops.student.attention import attend_by_example
from ops.training.batch import Batch, Teacher, collate
from ops.training.config import TrainingConfig
from ops.training.estimate import estimate, meta, taught
from ops.training.hidden import hidden, passed

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
SHAPE = LlamaConfig(
    vocab_size=600, hidden_size=64, intermediate_size=160, num_hidden_layers=3,
    num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
)  # fmt: skip
LENGTHS = (40, 25, 70)


def batch() -> Batch:
    prompt, prose = KINDS.index("prompt"), KINDS.index("prose")
    return collate(
        [
            {
                "input_ids": list(range(length)),
                "span_kind": [prompt] + [prose] * (length - 1),
                "teacher_at": [], "teacher_ids": [], "teacher_logp": [],
            }
            for length in LENGTHS
        ]
    )  # fmt: skip


def model() -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(SHAPE)


def test_a_profile_alone_tells_what_the_weights_take() -> None:
    """On the meta device, and the same as of a model that is there."""
    there, found = model(), estimate(meta(SHAPE), TrainingConfig(), LENGTHS)
    counted = sum(value.numel() for value in there.parameters())
    assert found.parameters == found.trained == counted
    assert found.weights == found.gradients == 4 * counted
    assert found.optimizer == 8 * counted
    assert found == estimate(there, TrainingConfig(), LENGTHS)


def test_moments_are_what_adamw_makes() -> None:
    there = model()
    optimizer = torch.optim.AdamW(there.parameters())
    for value in there.parameters():
        value.grad = torch.zeros_like(value)
    optimizer.step()
    held = [
        one.numel() * one.element_size()
        for state in optimizer.state.values()
        for one in state.values()
        if one.dim()
    ]
    assert estimate(there, TrainingConfig(), LENGTHS).optimizer == sum(held)


def test_an_adapter_trains_little_and_keeps_all() -> None:
    adapted = peft.get_peft_model(
        model(), peft.LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    found, whole = (estimate(one, TrainingConfig(), LENGTHS) for one in (adapted, model()))
    low_rank = [value.numel() for value in adapted.parameters() if value.requires_grad]
    assert found.trained == sum(low_rank) < 0.1 * found.parameters
    assert found.gradients == 4 * found.trained
    assert found.step_flops < whole.step_flops


@pytest.mark.parametrize("checkpointing", [False, True])
def test_activations_are_about_what_autograd_keeps(checkpointing: bool) -> None:
    there, kept = model().train(), dict[int, int]()
    config = TrainingConfig(activation_checkpointing=checkpointing)
    weights = {value.untyped_storage().data_ptr() for value in there.parameters()}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    if checkpointing:
        there.activation_checkpointing_enable({"use_reentrant": False})
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        states = hidden(there, batch())
    found = estimate(there, config, LENGTHS, 0).activations
    assert states.requires_grad
    if checkpointing:  # what one layer keeps while it is computed again comes on top
        whole = estimate(there, TrainingConfig(), LENGTHS, 0).activations
        assert sum(kept.values()) < found < 0.6 * whole
    else:
        assert sum(kept.values()) == pytest.approx(found, rel=0.25)


def test_a_step_costs_what_is_counted() -> None:
    there, given = model(), batch()
    aim = Aim(Distillation(DistillationConfig()), {"cross_entropy": 1.0}, norms=False)
    counter = FlopCounterMode(display=False)
    with counter:
        passed(there, given, aim).total.backward()
    expected = estimate(there, TrainingConfig(), LENGTHS, len(given.rows_N)).step_flops
    assert counter.get_total_flops() == pytest.approx(expected, rel=0.15)
    twice = estimate(there, TrainingConfig(accumulate=2), LENGTHS, len(given.rows_N))
    assert twice.step_flops == 2 * expected


def test_a_teacher_that_is_here_is_held_whole_and_goes_forward() -> None:
    there, wide = model(), LlamaForCausalLM(SHAPE).requires_grad_(False)
    attend_by_example(wide)
    teacher = Teacher(wide, Head(wide.lm_head.weight))
    given = replace(batch(), teacher=teacher)
    aim = Aim(Distillation(DistillationConfig()), {"cross_entropy": 0.5, "dense_kl": 0.5})
    counter = FlopCounterMode(display=False)
    with counter:
        passed(there, given, replace(aim, norms=False)).total.backward()
    of = (LENGTHS, len(given.rows_N))
    alone = estimate(there, TrainingConfig(), *of)
    found = taught(alone, there, teacher, TrainingConfig(), of)
    assert counter.get_total_flops() == pytest.approx(found.step_flops, rel=0.15)
    weights = sum(value.numel() for value in wide.parameters())
    assert 4 * weights < found.teacher == found.memory - alone.memory
    wide.to(torch.bfloat16)
    half = taught(alone, there, teacher, TrainingConfig(), of)
    assert found.teacher - half.teacher >= 2 * weights
    assert ", teacher " in str(found) and ", teacher " not in str(alone)


def test_it_is_told_in_one_line() -> None:
    told = str(estimate(meta(SHAPE), TrainingConfig(), LENGTHS))
    assert "\n" not in told
    assert told.startswith(f"{model().num_parameters():,} parameters, ")
    assert "AdamW" in told and "FLOP" in told
