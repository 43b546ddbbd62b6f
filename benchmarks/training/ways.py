"""The ways to train a student on the examples of a scene, each a whole run.

A run reads student and examples from disk, sees every example once, and leaves a student on disk.
All: AdamW with the same rate, decay and clipping, products in 32 bits, one thread. Not here: what
TRL and DistillKit do (peers.py).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.training import peers
from benchmarks.training.found import Found
from benchmarks.training.peers import BETAS, CLIP, DECAY, RATE, WARMUP
from benchmarks.training.scene import SHARDS, STUDENT, TEXT, Scene

Way = Callable[[Scene, Path], Found]
LABELS, OUTCOMES, LIVE = "labels", "labels and stored outcomes", "a live teacher"
TITLES = {
    "ours": ("**ours**, cross-entropy + KL with tail", OUTCOMES),
    "ours_ce": ("**ours**, cross-entropy alone", LABELS),
    "sft_padded": ("TRL `SFTTrainer`, padded", LABELS),
    "sft_recomputed": ("the same, `gradient_checkpointing` as is its default", LABELS),
    "sft_grouped": ("TRL `SFTTrainer`, padded, sorted by length", LABELS),
    "sft_padding_free": ("TRL `SFTTrainer`, `padding_free`", LABELS),
    "sft_packed": ("TRL `SFTTrainer`, packed, `bfd`", LABELS),
    "distillkit": ("DistillKit, cross-entropy + sparse KL, padded", OUTCOMES),
    "gkd": ("TRL `GKDTrainer`, full KL, padded", LIVE),
    "distillation": ("TRL `DistillationTrainer`, full KL, answers given", LIVE),
    "server": ("TRL `ServerDistillationTrainer`, sparse KL", OUTCOMES),
}


def ours(scene: Scene, out: Path, examples: str = SHARDS) -> Found:
    """The stage `kd` as it is, with one validation, on one short example."""
    from ops import tables
    from ops.kd.config import KDConfig
    from ops.kd.train import distil
    from ops.training.config import TrainingConfig
    from ops.training.contract import STEPS
    from ops.training.optimizer import BETAS as OURS

    assert OURS == BETAS
    training = TrainingConfig(
        learning_rate=RATE, weight_decay=DECAY, max_grad_norm=CLIP, warmup=WARMUP, validations=1,
        precision="fp32", keep=1,
    )  # fmt: skip
    told = distil(scene.folder / STUDENT, scene.folder / examples, KDConfig(training=training), out)
    losses = [row["loss"] for row in tables.rows(tables.read(out / "steps.parquet", STEPS))]
    mean = sum(losses) / len(losses)
    return Found(told["steps"], told["tokens"], sum(scene.lengths), mean)


WAYS: dict[str, Way] = {
    "ours": ours,
    "ours_ce": partial(ours, examples=TEXT),
    "sft_padded": peers.padded,
    "sft_recomputed": peers.recomputed,
    "sft_grouped": peers.grouped,
    "sft_padding_free": peers.padding_free,
    "sft_packed": peers.packed,
    "distillkit": peers.distillkit,
    "gkd": peers.gkd,
    "distillation": peers.distillation,
    "server": peers.server,
}
BATCHED = ("sft_grouped", "sft_padding_free", "sft_packed")
"""Ways of TRL to compute fewer tokens than padding does."""
