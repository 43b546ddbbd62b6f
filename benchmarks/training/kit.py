"""DistillKit's trainer with the outcomes that the scene has stored, as they are.

Its own way to store them is a quantised column at every token; reading that back is left out here.
Its trainer masks a token's distribution with the token's own label, so the outcomes stand there.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.training.scene import STUDENT, Row, Scene

CHUNK = 256


def trainer(scene: Scene, out: Path, model: Any, **more: Any) -> Any:
    """The trainer with half cross-entropy and half divergence, as the default of ours."""
    from distillkit.trainer import DistillationTrainer

    size = scene.size
    return DistillationTrainer(model, _config(scene, out), _source(size), size.vocabulary, **more)


def collated(collate: Callable[[list[Row]], Any], outcomes: int) -> Callable[[list[Row]], Any]:
    """The collator, and ids and log-probabilities [B, T, K] at every token of its batch."""

    def both(rows: list[Row]) -> Any:
        batch = collate([{name: row[name] for name in ("input_ids", "labels")} for row in rows])
        shape = (*batch["input_ids"].shape, outcomes)
        batch["told_ids"] = torch.zeros(shape, dtype=torch.long)
        batch["told_logp"] = torch.full(shape, -20.0)
        for at, row in enumerate(rows):
            where = torch.tensor(row["teacher_at"])
            ids, logp = torch.tensor(row["teacher_ids"]), torch.tensor(row["teacher_logp"])
            batch["told_ids"][at, where] = ids.view(-1, outcomes)
            batch["told_logp"][at, where] = logp.view(-1, outcomes)
        return batch

    return both


def _source(size: Any) -> Any:
    from distillkit.signals import SignalSource, SparseSignal

    class Stored(SignalSource):  # type: ignore[misc]
        """What the batch holds."""

        def supports_hidden_states(self) -> bool:
            return False

        def get_signal(self, batch: dict[str, Any], return_hidden_states: bool = False) -> Any:
            return SparseSignal(
                sparse_ids=batch["told_ids"], sparse_values=batch["told_logp"], log_values=True,
                generation_temperature=1.0, hidden_states=None, vocab_size=size.vocabulary,
            )  # fmt: skip

    return Stored()


def _config(scene: Scene, out: Path) -> Any:
    from distillkit.configuration import DistillationRunConfig

    missing = "symmetric_uniform"
    return DistillationRunConfig.model_validate(
        {
            "model": str(scene.folder / STUDENT),
            "dataset": {"train_dataset": {"disk_path": str(scene.folder)}},
            "teacher": {"kind": "dataset"},
            "sequence_length": max(scene.lengths),
            "output_path": str(out),
            "use_flash_attention": False,
            "loss_functions": [
                {"function": "cross_entropy", "weight": 0.5},
                {"function": "kl", "weight": 0.5, "temperature": 1.0,
                 "missing_probability_handling": missing, "sparse_chunk_length": CHUNK},
            ],
        }
    )  # fmt: skip
