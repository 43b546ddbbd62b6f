"""A repair that was killed anywhere, and started again, ends with the bytes of one that was not."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from ops.lora.train import adapt
from tests.ops.lora.conftest import CONFIG, written

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
TRAINING = CONFIG.training.model_copy(update={"epochs": 4})
OFTEN = CONFIG.model_copy(update={"training": TRAINING, "dropout": 0.1})


def killed(number: int, *given: Any) -> None:
    """Adapt in a child that is killed in its n-th forward pass of training, from 0."""
    child = os.fork()
    if child == 0:
        passes = iter(range(10_000))

        def count(module: Any, _given: Any) -> None:
            if type(module).__name__ == "LlamaModel" and module.training and next(passes) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            torch.nn.modules.module.register_module_forward_pre_hook(count)
            adapt(*given)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def left(out: Path) -> dict[str, bytes]:
    """Adapter, steps and summary."""
    names = ("adapter/adapter_model.safetensors", "steps.parquet", "training_summary.json")
    return {name: (out / name).read_bytes() for name in names}


@pytest.mark.usefixtures("one_thread")
def test_a_killed_repair_goes_on_to_the_same_bytes(
    student_folder: Path, corrections: list[dict[str, Any]], tmp_path: Path
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    for folder in (whole, stopped):
        folder.mkdir()
    rows = written(corrections, tmp_path)
    adapt(student_folder, None, rows, OFTEN, whole)
    killed(2, student_folder, None, rows, OFTEN, stopped)
    assert not (stopped / "adapter").exists()
    assert list((stopped / "checkpoints").iterdir())
    adapt(student_folder, None, rows, OFTEN, stopped)
    assert left(stopped) == left(whole)
    assert not (stopped / "checkpoints").exists()
