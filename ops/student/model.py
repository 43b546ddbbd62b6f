"""The student's weights: made from nothing or loaded, and saved as a Hugging Face folder.

What can be loaded is a Hugging Face folder or a GGUF file.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from ops.errors import InputError
from ops.student.config import ScratchConfig
from ops.student.source import arguments, is_gguf


def scratch(config: ScratchConfig, tokenizer: Any, context: int, seed: int) -> LlamaForCausalLM:
    """A Llama-architecture model with seeded initial weights, fp32."""
    torch.manual_seed(seed)
    shaped = shape(config, len(tokenizer), context)
    shaped.eos_token_id, shaped.pad_token_id = tokenizer.eos_token_id, tokenizer.pad_token_id
    return LlamaForCausalLM(shaped)


def shape(config: ScratchConfig, vocabulary: int, context: int) -> LlamaConfig:
    """The architecture of a scratch student, without its tokenizer's special tokens."""
    return LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=config.hidden,
        intermediate_size=config.feed_forward,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.kv_heads,
        max_position_embeddings=context,
        tie_word_embeddings=config.tied,
        bos_token_id=None,
        eos_token_id=None,
    )


def load(path: Path) -> Any:
    """The model of a Hugging Face folder or a GGUF file, fp32, on the fastest device there is.

    Raises:
        InputError: it holds no model that transformers can read.
    """
    place, options = arguments(path)
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32, **options)
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"{path} is not a student: {first}; expected a Hugging Face folder (config.json, "
            f"model.safetensors, tokenizer.json) or a GGUF file"
        ) from error
    if is_gguf(path):
        # The weights are plain now; transformers would refuse to save what it calls quantised.
        del model.config.quantization_config, model.hf_quantizer
    return model.to(device())


def device() -> torch.device:
    """A CUDA device where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def save(
    model: Any, tokenizer: Any, folder: Path, weights: dict[str, torch.Tensor] | None = None
) -> None:
    """Write weights (safetensors), tokenizer and template as one Hugging Face folder.

    `weights` are told by name where the model does not hold them whole.
    """
    model.save_pretrained(folder, safe_serialization=True, state_dict=weights)
    tokenizer.save_pretrained(folder)
