"""A run's state on disk, so that running the same command again goes on where it stopped.

One file, replaced atomically. It holds the trained parameters, the optimizer, the step, the rows so
far and the best validation with its parameters. The order of the data is not in it: that is a
function of (seed, step).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


@dataclass(slots=True)
class State:
    """Where a run stands."""

    step: int = 0
    tokens: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    start_loss: float = float("inf")
    best_loss: float = float("inf")
    best_step: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)


def trained(model: torch.nn.Module) -> dict[str, Tensor]:
    """The parameters that have a gradient, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def copy(model: torch.nn.Module) -> dict[str, Tensor]:
    """The trained parameters as they are now."""
    return {name: value.detach().clone() for name, value in trained(model).items()}


def put(model: torch.nn.Module, parameters: dict[str, Tensor]) -> None:
    """Set the trained parameters."""
    with torch.no_grad():
        for name, value in trained(model).items():
            value.copy_(parameters[name])


def save(
    path: Path, state: State, model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Replace the state file."""
    held = {name: getattr(state, name) for name in State.__dataclass_fields__}
    beside = path.with_suffix(".tmp")
    torch.save(
        {"state": held, "model": trained(model), "optimizer": optimizer.state_dict()}, beside
    )
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)


def restore(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> State:
    """The state to go on from; a fresh one if there is no file."""
    if not path.exists():
        return State()
    held = torch.load(path, weights_only=True, map_location="cpu")
    put(model, held["model"])
    optimizer.load_state_dict(held["optimizer"])
    return State(**held["state"])
