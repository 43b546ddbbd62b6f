"""AdamW over the parameters that want a gradient, its schedule, and the norm that is clipped."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor

from ops.training.config import TrainingConfig

BETAS = (0.9, 0.98)


def trained(model: torch.nn.Module) -> dict[str, Tensor]:
    """The parameters that have a gradient, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def adamw(model: Any, config: TrainingConfig) -> torch.optim.AdamW:
    """Decoupled weight decay (Loshchilov and Hutter, ICLR 2019) on matrices, none on the rest."""
    parameters = list(trained(model).values())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=BETAS,
    )


def paced(optimizer: torch.optim.Optimizer, config: TrainingConfig, step: int, steps: int) -> float:
    """Set the learning rate of a step, counted from 0, and tell it."""
    rate = config.learning_rate * schedule(step, steps, config.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate


def schedule(step: int, steps: int, warmup: float) -> float:
    """Share of the peak: linear up, then a cosine down to a tenth.

    >>> [round(schedule(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.55, 0.1]
    """
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    part = (step - rising) / max(1, steps - rising)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * part))


def clipped(model: Any, most: float) -> float:
    """Scale all gradients so that their common L2 norm is at most `most`; the norm before."""
    norm = torch.nn.utils.clip_grad_norm_(trained(model).values(), most)
    return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)
