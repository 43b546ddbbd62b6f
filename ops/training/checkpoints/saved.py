"""What a checkpoint holds: weights and moments by name, and the numbers of the run.

Written by torch.distributed.checkpoint, each rank its part, so that what two ranks saved is read by
one and the other way. Frozen parameters are not saved: they are the base's. Not here: when (loop),
how a folder becomes visible (folder.py).
"""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from ops.training.state import State

RUN = "run.json"
TRAINED = StateDictOptions(ignore_frozen_params=True, strict=False)


@contextmanager
def _alone() -> Iterator[None]:
    """Without the warning that a single process saves as one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled")
        yield


def write(path: Path, model: Any, optimizer: torch.optim.Optimizer) -> None:
    """Write weights and moments into a folder; every rank calls it."""
    with _alone():
        save(_held(model, optimizer), checkpoint_id=path)


def read(path: Path, model: Any, optimizer: torch.optim.Optimizer) -> None:
    """Put weights and moments of a folder into the model and its optimizer."""
    held = _held(model, optimizer)
    with _alone():
        load(held, checkpoint_id=path)
    set_model_state_dict(model, held["model"], options=TRAINED)
    set_optimizer_state_dict(model, optimizer, held["optimizer"], options=TRAINED)


def _held(model: Any, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {
        "model": get_model_state_dict(model, options=TRAINED),
        "optimizer": get_optimizer_state_dict(model, optimizer, options=TRAINED),
    }


def read_weights(path: Path, model: Any) -> None:
    """Put the weights of a folder into the model."""
    held: dict[str, Any] = {"model": get_model_state_dict(model, options=TRAINED)}
    with _alone():
        load(held, checkpoint_id=path)
    set_model_state_dict(model, held["model"], options=TRAINED)


def write_state(path: Path, state: State) -> None:
    """Write the numbers of the run."""
    (path / RUN).write_text(json.dumps(state.plain()), encoding="utf-8")


def read_state(path: Path) -> State:
    """The numbers of the run."""
    return State.of(json.loads((path / RUN).read_text(encoding="utf-8")))
