"""ExportLM computes what Transformers computes, in every way a client may ask it."""

from typing import Any

import pytest
import torch

from ops.coreml.clients import causal, zeros
from ops.coreml.decoder import LARGEST, rms_norm
from ops.coreml.export import ExportLM

TOKENS = list(range(20, 40))


def transformers(student: Any, tokens: list[int]) -> torch.Tensor:
    with torch.no_grad():
        logits: torch.Tensor = student(torch.tensor([tokens])).logits
    return logits


@torch.no_grad()
def ask(export: ExportLM, tokens: list[int], mask: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = export(torch.tensor([tokens]), mask)
    return logits


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 64} | {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
}


def rope(**parameters: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_theta": 500.0} | parameters}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        pytest.param("llama", {}, id="tied_grouped_queries"),
        pytest.param("llama", {"tie_word_embeddings": False}, id="untied"),
        pytest.param("llama", {"num_key_value_heads": 4}, id="a_key_head_each"),
        pytest.param("llama", {"num_key_value_heads": 1}, id="one_key_head"),
        pytest.param("llama", {"attention_bias": True, "mlp_bias": True}, id="biases"),
        pytest.param("llama", {"head_dim": 32}, id="heads_wider_than_hidden"),
        pytest.param("llama", {"rms_norm_eps": 1e-2}, id="large_epsilon"),
        pytest.param("llama", rope(rope_type="default"), id="theta"),
        pytest.param("llama", rope(rope_type="linear", factor=2.5), id="linear"),
        pytest.param("llama", rope(rope_type="dynamic", factor=4.0), id="dynamic"),
        pytest.param("llama", rope(**LLAMA3), id="llama_3"),
        pytest.param("qwen2", {"tie_word_embeddings": False}, id="qwen_2"),
        pytest.param("qwen2", rope(**YARN), id="qwen_2_yarn"),
        pytest.param("qwen2", rope(**YARN, attention_factor=1.7), id="qwen_2_yarn_factor"),
        pytest.param("qwen3", {"head_dim": 32}, id="qwen_3"),
        pytest.param("qwen3", {"attention_bias": True, "head_dim": 8}, id="qwen_3_biases"),
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
def test_equals_transformers(
    make_student: Any, kind: str, changes: dict[str, Any], mask: torch.Tensor
) -> None:
    student = make_student(kind, **changes)
    got = ask(ExportLM(student, 64).eval(), TOKENS, mask)
    assert torch.allclose(got, transformers(student, TOKENS), atol=1e-4)


@pytest.mark.parametrize("kind", ["linear", "llama3", "yarn"])
def test_a_rotary_variant_is_not_the_plain_one(make_student: Any, kind: str) -> None:
    parameters = {"linear": {"rope_type": "linear", "factor": 2.5}, "llama3": LLAMA3, "yarn": YARN}
    student = make_student("llama", **rope(**parameters[kind]))
    plain = make_student("llama", **rope())
    gap = transformers(student, TOKENS) - transformers(plain, TOKENS)
    assert float(gap.abs().max()) > 1e-2  # so that the comparison above can fail


def test_dynamic_is_exact_to_the_end_of_the_trained_length(make_student: Any) -> None:
    student = make_student(max_position_embeddings=64, **rope(rope_type="dynamic", factor=4.0))
    tokens = list(range(64))
    got = ask(ExportLM(student, 64).eval(), tokens, causal(64, 64))
    assert torch.allclose(got, transformers(student, tokens), atol=1e-4)


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


@pytest.mark.parametrize("peak", [1.0, 300.0, 25_000.0])
def test_ordinary_numbers_keep_their_digits_beside_a_peak(peak: float) -> None:
    x = torch.randn(4, 576, generator=torch.Generator().manual_seed(2)) * 0.1
    x[:, 7] = peak
    x = x.half().double()
    wanted = torch.nn.functional.rms_norm(x, (576,), None, 1e-5)
    got = rms_norm(x.half(), torch.ones(576).half(), torch.full((1,), 1e-5**0.5).half()).double()
    large = wanted.abs() > 2.0**-14  # below, fp16 has fewer digits for the results themselves
    assert int(large.sum()) > 100
    # A root, a product and two quotients, each rounded by half of 2^-10.
    assert float(((got - wanted) / wanted)[large].abs().max()) < 4 * 2.0**-11
