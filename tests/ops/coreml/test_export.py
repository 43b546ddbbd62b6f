"""ExportLM computes what Transformers computes, in every way a client may ask it."""

from typing import Any

import pytest
import torch

from ops.coreml.clients import causal, zeros
from ops.coreml.export import LARGEST, ExportLM, rms_norm
from ops.errors import ConversionError

TOKENS = list(range(20, 40))


def transformers(student: Any, tokens: list[int]) -> torch.Tensor:
    with torch.no_grad():
        logits: torch.Tensor = student(torch.tensor([tokens])).logits
    return logits


@torch.no_grad()
def ask(export: ExportLM, tokens: list[int], mask: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = export(torch.tensor([tokens]), mask)
    return logits


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="tied_grouped_queries"),
        pytest.param({"tie_word_embeddings": False}, id="untied"),
        pytest.param({"num_key_value_heads": 4}, id="a_key_head_each"),
        pytest.param({"num_key_value_heads": 1}, id="one_key_head"),
        pytest.param({"attention_bias": True, "mlp_bias": True}, id="biases"),
        pytest.param({"head_dim": 32}, id="heads_wider_than_hidden"),
        pytest.param({"rms_norm_eps": 1e-2}, id="large_epsilon"),
        pytest.param({"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}, id="theta"),
    ],
)
@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(causal(20, 20), id="causal"),
        pytest.param(zeros(20), id="all_zero"),
        pytest.param(zeros(21), id="all_zero_and_a_slot_too_many"),
    ],
)
def test_equals_transformers(make_llama: Any, changes: dict[str, Any], mask: torch.Tensor) -> None:
    student = make_llama(**changes)
    for parameter in student.parameters():
        if parameter.ndim == 1:  # biases start as zeros
            parameter.data += 0.1
    got = ask(ExportLM(student, 64).eval(), TOKENS, mask)
    assert torch.allclose(got, transformers(student, TOKENS), atol=1e-4)


def test_remembers_across_calls(student: Any) -> None:
    export = ExportLM(student, 64).eval()
    pieces = [
        ask(export, TOKENS[:7], causal(7, 7)),
        ask(export, TOKENS[7:8], causal(1, 8)),
        ask(export, TOKENS[8:], causal(12, 20)),
    ]
    assert torch.allclose(torch.cat(pieces, 1), transformers(student, TOKENS), atol=1e-4)


def test_reset_forgets(student: Any) -> None:
    export = ExportLM(student, 64).eval()
    first = ask(export, TOKENS, zeros(21))
    export.reset()
    assert torch.equal(ask(export, TOKENS, zeros(21)), first)


def test_norm_of_a_large_residual_stream_survives_fp16() -> None:
    # 24,920 is the largest residual of SmolLM2-135M: its square is 9,480 times too large for fp16.
    x = torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(0)) * 6000
    x[0, 0, 0] = 24_920.0
    weight, root_eps = torch.ones(64), torch.full((1,), 1e-5**0.5)
    wanted = torch.nn.functional.rms_norm(x, (64,), weight, 1e-5)
    got = rms_norm(x.half(), weight.half(), root_eps.half())
    assert bool(((x * x).max() > LARGEST) & got.isfinite().all())
    assert torch.allclose(got.float(), wanted, atol=1e-2)


@pytest.mark.parametrize(
    ("changes", "context", "message"),
    [
        pytest.param(
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}},
            64,
            r"rope_type = 'linear'.*supports 'default' only",
            id="scaled_rope",
        ),
        pytest.param({"hidden_act": "gelu"}, 64, "hidden_act = 'gelu'", id="activation"),
        pytest.param({}, 256, "context is 256 tokens.*made for 128", id="context_too_long"),
    ],
)
def test_refuses_what_it_does_not_know(
    make_llama: Any, changes: dict[str, Any], context: int, message: str
) -> None:
    with pytest.raises(ConversionError, match=message):
        ExportLM(make_llama(**changes), context)


def test_refuses_another_architecture() -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=16)
    with pytest.raises(ConversionError, match=r"model_type = 'gpt2'.*supports 'llama' only"):
        ExportLM(GPT2LMHeadModel(config), 32)
