"""How a student is computed: bf16 or fp32, activations kept or not, compiled or not."""

import os
import shutil
from typing import Any

import torch

from ops.errors import SettingsError
from ops.training.config import TrainingConfig
from ops.training.hidden import base_of


def is_bf16(config: TrainingConfig, device: torch.device) -> bool:
    """Does autocast compute in bf16 here? Weights, moments and the loss stay fp32.

    `auto` asks for it where a GPU computes it natively; a CPU does so only if it is set.
    """
    if config.precision == "auto":
        native = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return bool(native)
    return config.precision == "bf16"


def arrange(model: Any, config: TrainingConfig) -> None:
    """Turn on activation checkpointing and compilation, if they are set.

    Raises:
        SettingsError: the student or the machine cannot do it.
    """
    base = base_of(model)
    if config.activation_checkpointing:
        if not base.supports_gradient_checkpointing:
            raise SettingsError(
                f"a student of type {base.config.model_type} has no activation checkpointing; set "
                f"training.activation_checkpointing to false"
            )
        base.activation_checkpointing_enable({"use_reentrant": False})
    if config.compile:
        _require_compiler(next(base.parameters()).device)
        for layer in base.model.layers:
            # Attention goes example by example, and every new set of lengths would compile anew.
            layer.mlp.compile(dynamic=True)


def _require_compiler(device: torch.device) -> None:
    compiler = os.environ.get("CXX", "g++")
    if device.type == "cpu" and shutil.which(compiler) is None:
        raise SettingsError(
            f"training.compile needs a C++ compiler on a CPU and {compiler} is not there; install "
            f"one or set training.compile to false"
        )
