"""The frozen student and the adapter on it, before its first step.

Frozen weights are held as they are, or in 4 bits (QLoRA: Dettmers et al., NeurIPS 2023). Not here:
the training (train.py), and putting both together afterwards (merge.py).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import peft
import torch

from ops.errors import InputError, SettingsError
from ops.lora.config import LoraConfig
from ops.student import model as students
from ops.student.attention import attend_by_example
from ops.student.source import arguments
from ops.training.teacher import AFTER_THE_HEAD

FAMILY = "take a student of the Llama family (Llama, Qwen, Mistral)"


def adapted(student: Path, config: LoraConfig) -> Any:
    """The student with a fresh adapter, seeded; only the adapter has gradients.

    Raises:
        InputError: there is no student, or it is of a family that cannot be trained here.
        SettingsError: it has no such layers, or nothing here can quantise it.
    """
    base = students.load(student) if config.quantise is None else quantised(student)
    _require_trainable(student, base)
    torch.manual_seed(config.training.seed)  # the adapter's initial weights
    try:
        model = peft.get_peft_model(
            base,
            peft.LoraConfig(
                r=config.rank,
                lora_alpha=config.alpha,
                lora_dropout=config.dropout,
                target_modules=list(config.targets) or "all-linear",
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise SettingsError(f"lora.targets: {str(error).splitlines()[0]}") from error
    if hasattr(base.get_output_embeddings(), "base_layer"):
        raise SettingsError(
            "lora.targets names the head, which is computed in one pass with the loss and not "
            "through an adapter; leave it out"
        )
    return model


def quantised(student: Path) -> Any:
    """The student with its linear layers in NF4 with doubly quantised scales, the rest in fp32.

    Raises:
        SettingsError: there is no CUDA device, or bitsandbytes is not installed.
    """
    lacking = [] if torch.cuda.is_available() else ["a CUDA device"]
    lacking += [] if find_spec("bitsandbytes") else ["the package bitsandbytes"]
    if lacking:
        raise SettingsError(
            f"lora.quantise is nf4, and here is not {' and not '.join(lacking)}; set it to null, "
            f"or train where there is (pip install bitsandbytes)"
        )
    return peft.prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
        _in_four_bits(student), use_gradient_checkpointing=False
    )


def _in_four_bits(student: Path) -> Any:
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    place, options = arguments(student)
    form = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return AutoModelForCausalLM.from_pretrained(
        place,
        quantization_config=form,
        dtype=torch.float32,
        device_map={"": students.device()},
        **options,
    )


def _require_trainable(student: Path, base: Any) -> None:
    """Raise InputError unless training computes what the model does (ops/training/hidden.py)."""
    kind = base.config.model_type
    if not hasattr(base, "model") or not hasattr(base, "lm_head"):
        raise InputError(
            f"{student} is of type {kind}, whose layers are arranged otherwise; {FAMILY}"
        )
    added = [name for name in AFTER_THE_HEAD if getattr(base.config, name, None) not in (None, 1)]
    if added:
        raise InputError(
            f"{student} is of type {kind}, whose logits have {', '.join(added)}; {FAMILY}"
        )
    attend_by_example(base)
