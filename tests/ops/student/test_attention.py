"""Examples in one row are as if each were alone: logits, gradients, and deaf to neighbours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3NextConfig,
    Qwen3NextForCausalLM,
)

from ops.errors import InputError
from ops.student.attention import BY_EXAMPLE, attend_by_example

SHAPE = {
    "vocab_size": 97, "hidden_size": 48, "intermediate_size": 64, "num_hidden_layers": 3,
    "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 64,
}  # fmt: skip
LENGTHS = (7, 1, 13, 4, 20)
MADE: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE)),
    "qwen2_window": lambda: Qwen2ForCausalLM(
        Qwen2Config(**SHAPE, use_sliding_window=True, sliding_window=5, max_window_layers=1)
    ),
    "mistral_window": lambda: MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=6)),
}


@pytest.fixture(params=MADE)
def model(request: pytest.FixtureRequest) -> Any:
    """Random weights of one family; every kind has three query heads to a key head."""
    torch.manual_seed(0)
    return MADE[request.param]().eval()


def drawn(seed: int = 1) -> list[Tensor]:
    made = torch.Generator().manual_seed(seed)
    return [torch.randint(0, SHAPE["vocab_size"], (length,), generator=made) for length in LENGTHS]


def packed(model: Any, examples: list[Tensor]) -> Tensor:
    """[T, V] of the examples in one row."""
    attend_by_example(model)
    ids = torch.cat(examples)[None]
    found: Tensor = model(
        input_ids=ids,
        position_ids=torch.cat([torch.arange(len(one)) for one in examples])[None],
        attention_mask=torch.ones_like(ids),
        lengths=tuple(len(one) for one in examples),
        use_cache=False,
    ).logits[0]
    return found


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_logits_are_those_of_each_example_alone(model: Any, attention: str) -> None:
    examples = drawn()
    model.set_attn_implementation(attention)
    alone = torch.cat([model(input_ids=one[None]).logits[0] for one in examples])
    torch.testing.assert_close(packed(model, examples), alone, atol=1e-5, rtol=0)


def test_gradients_are_those_of_the_padded_batch(model: Any) -> None:
    """Mean cross-entropy over every token that has one before it in its example."""
    examples = drawn()
    ids = torch.nn.utils.rnn.pad_sequence(examples, batch_first=True)
    mask = torch.nn.utils.rnn.pad_sequence([one >= 0 for one in examples], batch_first=True)
    whole = model(input_ids=ids, attention_mask=mask.long(), use_cache=False).logits
    targets = ids[:, 1:].masked_fill(~mask[:, 1:], -100)
    expected = gradients(model, functional.cross_entropy(whole[:, :-1].mT, targets))
    row = packed(model, examples)
    targets = torch.cat([functional.pad(one[1:], (0, 1), value=-100) for one in examples])
    found = gradients(model, functional.cross_entropy(row, targets))
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, atol=1e-6, rtol=1e-4, msg=name)


def gradients(model: Any, loss: Tensor) -> dict[str, Tensor]:
    names = [name for name, _ in model.named_parameters()]
    return dict(zip(names, torch.autograd.grad(loss, list(model.parameters())), strict=True))


@pytest.mark.parametrize("changed", range(len(LENGTHS)))
def test_a_neighbour_changes_nothing(model: Any, changed: int) -> None:
    before, after = drawn(), drawn()
    after[changed] = (after[changed] + 1) % SHAPE["vocab_size"]
    rows = [packed(model, examples).split(LENGTHS) for examples in (before, after)]
    for number, (one, other) in enumerate(zip(*rows, strict=True)):
        same = torch.allclose(one, other, atol=1e-6, rtol=0)
        assert same == (number != changed), number


def test_the_order_of_the_row_changes_nothing(model: Any) -> None:
    examples = drawn()
    forward = packed(model, examples).split(LENGTHS)
    backward = packed(model, examples[::-1]).split(LENGTHS[::-1])
    for one, other in zip(forward, backward[::-1], strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_other_calls_compute_what_they_did(model: Any) -> None:
    """Generation pads on the left and hides the padding: none of that is ours."""
    ids = torch.stack([drawn()[4], drawn(2)[4]])
    mask = torch.ones_like(ids)
    mask[0, :6] = 0
    before = model(input_ids=ids, attention_mask=mask).logits
    attend_by_example(model)
    assert torch.equal(model(input_ids=ids, attention_mask=mask).logits, before)


def test_a_saved_student_says_nothing_of_it(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "before")
    attend_by_example(model)
    assert model.config._attn_implementation == BY_EXAMPLE
    model.save_pretrained(tmp_path / "after")
    before, after = ((tmp_path / n / "config.json").read_bytes() for n in ("before", "after"))
    assert before == after


def test_a_student_with_a_recurrent_layer_is_refused() -> None:
    """Its state would run on into the next example."""
    layers = ["linear_attention", "full_attention"]
    shape = SHAPE | {"num_hidden_layers": 2, "layer_types": layers, "head_dim": 8}
    model = Qwen3NextForCausalLM(Qwen3NextConfig(**shape, num_experts=2, num_experts_per_tok=1))
    with pytest.raises(InputError, match=r"type qwen3_next .* it has linear_attention; set"):
        attend_by_example(model)


def test_attention_with_something_added_is_refused() -> None:
    shape = SHAPE | {"num_hidden_layers": 2, "head_dim": 8}
    model = Gemma2ForCausalLM(Gemma2Config(**shape)).eval()
    with pytest.raises(InputError, match="whose attention has softcap cannot be trained"):
        packed(model, drawn())
