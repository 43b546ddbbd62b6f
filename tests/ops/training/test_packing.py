"""Examples that share a row teach what each would teach alone: loss and every gradient."""

from collections.abc import Callable
from typing import Any

import peft
import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from ops.losses.config import SupervisionConfig
from ops.losses.head import Aim
from ops.losses.supervision import ProcessSupervision
from ops.spans.contract import KINDS
from ops.training.batch import Batch, collate
from ops.training.hidden import hidden, passed

# peft asks the models that it wraps by a name that transformers is giving up.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
SHAPE = {
    "vocab_size": 61, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
}  # fmt: skip
WEIGHTS = {"tool_name": 0.2, "json_arguments": 0.1, "integration": 0.05}
Loss = Callable[[Any, Batch], Tensor]


def qwen2() -> Any:
    """With biases on queries, keys and values that are not zero."""
    model = Qwen2ForCausalLM(Qwen2Config(**SHAPE, tie_word_embeddings=True))
    biases = [value for name, value in model.named_parameters() if name.endswith("bias")]
    assert len(biases) == 3 * SHAPE["num_hidden_layers"]
    for bias in biases:
        torch.nn.init.normal_(bias)
    return model


def lora() -> Any:
    """An adapter that is not at zero, over weights that are not trained."""
    model = peft.get_peft_model(
        qwen2(), peft.LoraConfig(r=3, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    for name, value in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.1)
    return model


MADE: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "qwen2": qwen2,
    "lora": lora,
}


@pytest.fixture(params=MADE)
def model(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(0)
    return MADE[request.param]().double().eval()


def examples() -> list[dict[str, Any]]:
    """Four examples of other lengths; the third has two answers; each has a teacher somewhere."""
    drawn = torch.Generator().manual_seed(1)
    prompt, seen, prose = (KINDS.index(one) for one in ("prompt", "observation", "prose"))
    name, value = KINDS.index("tool_name"), KINDS.index("json_value")
    kinds = [
        [prompt] * 4 + [prose] * 3,
        [prompt, name, value],
        [prompt] * 3 + [name] * 2 + [prompt] + [seen] * 4 + [prompt] + [prose] * 5,
        [prompt] * 11 + [value, prose],
    ]
    found = []
    for of in kinds:
        ids = torch.randperm(SHAPE["vocab_size"], generator=drawn)[: len(of)].tolist()
        last = len(of) - 1
        found.append(
            {
                "input_ids": ids,
                "span_kind": of,
                "teacher_at": [last],
                "teacher_ids": [ids[last], (ids[last] + 1) % SHAPE["vocab_size"]],
                "teacher_logp": [-0.3, -2.0],
            }
        )
    return found


def summed(model: Any, batch: Batch, scale: dict[str, float]) -> Tensor:
    """The components' sums, scaled and not divided, so that examples add up."""
    objective = ProcessSupervision(SupervisionConfig())
    return passed(model, batch, Aim(objective, scale, norms=False)).total


def distilled(model: Any, batch: Batch) -> Tensor:
    """Cross-entropy of all tokens, and the divergence where a teacher told one."""
    return summed(model, batch, {"cross_entropy": 0.5, "divergence": 0.5})


def decided(model: Any, batch: Batch) -> Tensor:
    """Cross-entropy of all tokens of the decisions, weighted by kind."""
    return summed(model, batch, WEIGHTS)


def gradients(model: Any, loss: Loss, rows: list[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    model.zero_grad(set_to_none=True)
    value = loss(model, collate(rows))
    if value.requires_grad:  # an example may hold no decision
        value.backward()
    trained = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    return value.item(), {
        name: one.grad if one.grad is not None else torch.zeros_like(one) for name, one in trained
    }


@pytest.mark.parametrize("loss", [distilled, decided])
def test_every_gradient_is_the_sum_of_the_examples_alone(model: Any, loss: Loss) -> None:
    value, together = gradients(model, loss, examples())
    alone = [gradients(model, loss, [example]) for example in examples()]
    assert value == pytest.approx(sum(one for one, _ in alone), rel=1e-9)
    assert any(bool(gradient.abs().sum() > 0) for gradient in together.values())
    for name, gradient in together.items():
        expected = sum(one[name] for _, one in alone)
        torch.testing.assert_close(gradient, expected, atol=1e-12, rtol=1e-7, msg=name)


def test_no_cache_is_asked_for(model: Any) -> None:
    """With a cache, transformers 5 counts positions from its length and reads ours as no packing:
    a configuration that asks for one, as most do, must not reach the forward pass.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    base.config.use_cache = True
    asked: list[Any] = []
    base.model.register_forward_pre_hook(
        lambda _module, _args, kwargs: asked.append((kwargs["use_cache"], kwargs["position_ids"])),
        with_kwargs=True,
    )
    hidden(model, collate(examples()))
    ((cached, positions),) = asked
    assert cached is False
    assert positions[0].tolist() == [*range(7), *range(3), *range(16), *range(13)]
