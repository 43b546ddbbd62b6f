"""TRL's trainers, and DistillKit's, on the examples of a scene.

Each is given what makes it cheapest without changing its loss: ids and labels instead of texts, no
evaluation, checkpoint, report, log or progress bar, and activations that are kept unless a way is
about that. They are imported when they are run, so one that is not installed is a reason and not an
end.
"""

from pathlib import Path
from typing import Any

from benchmarks.training import kit
from benchmarks.training.found import Found
from benchmarks.training.scene import IGNORED, STUDENT, TEACHER, Row, Scene, labels

RATE, DECAY, CLIP, WARMUP = 1e-3, 0.01, 1.0, 0.05
BETAS = (0.9, 0.98)


class Counted:
    """A collator that counts what it hands on."""

    def __init__(self, collate: Any) -> None:
        self.collate, self.computed, self.supervised = collate, 0, 0

    def __call__(self, rows: list[Row]) -> Any:
        """The batch of these rows."""
        batch = self.collate(rows)
        self.computed += batch["input_ids"].numel()
        self.supervised += int((batch["labels"][:, 1:] != IGNORED).sum())
        return batch


def arguments(scene: Scene, out: Path, **more: Any) -> dict[str, Any]:
    """What every trainer is configured with."""
    return {
        "output_dir": str(out / "trainer"), "per_device_train_batch_size": scene.size.per_step,
        "num_train_epochs": 1, "learning_rate": RATE, "weight_decay": DECAY,
        "adam_beta1": BETAS[0], "adam_beta2": BETAS[1], "max_grad_norm": CLIP,
        "lr_scheduler_type": "cosine", "warmup_steps": max(1, round(WARMUP * scene.steps)),
        "bf16": False, "use_cpu": True, "gradient_checkpointing": False, "report_to": "none",
        "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True, "seed": 7,
        "dataloader_pin_memory": False, **more,
    }  # fmt: skip


def padded(scene: Scene, out: Path, **more: Any) -> Found:
    """Each batch as wide as its longest example."""
    from trl import SFTConfig, SFTTrainer

    given = arguments(scene, out, **({"max_length": None} | more))
    return _fitted(_trainer(SFTTrainer, scene, SFTConfig(**given)), out)


def recomputed(scene: Scene, out: Path) -> Found:
    """The same, but activations are computed again on the way back."""
    return padded(scene, out, gradient_checkpointing=True)


def grouped(scene: Scene, out: Path) -> Found:
    """Padded, but examples of about the same length share a batch.

    `group_by_length` sorts as many as 50 batches at a time, but no more than a quarter of the
    examples, which of these few would be one batch. The examples lie sorted: taken as they lie,
    they are grouped as well as a large set is.
    """
    return padded(scene, out, train_sampling_strategy="sequential")


def padding_free(scene: Scene, out: Path) -> Found:
    """The examples of a batch one behind the other in one row."""
    return padded(scene, out, padding_free=True)


def packed(scene: Scene, out: Path) -> Found:
    """Rows of as many tokens as a batch of ours has at most, best-fit decreasing, one a step."""
    return padded(
        scene, out, packing=True, max_length=scene.budget, per_device_train_batch_size=1
    )  # fmt: skip


def gkd(scene: Scene, out: Path) -> Found:
    """Off-policy: no answer is generated. beta 0 is the forward divergence, its cheapest."""
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    given = arguments(scene, out, max_length=None, lmbda=0.0, beta=0.0, temperature=1.0)
    made = _trainer(
        GKDTrainer, scene, GKDConfig(**given), teacher_model=_model(scene, TEACHER),
        data_collator=_collator(scene),
    )  # fmt: skip
    return _fitted(made, out)


def distillation(scene: Scene, out: Path) -> Found:
    """On-policy by its nature; here the examples' answers stand in for what it would generate."""
    from trl import DistillationConfig, DistillationTrainer

    rows = scene.examples
    cuts = [sum(one == IGNORED for one in labels(row)) for row in rows]
    seen = Counted(_collator(scene))

    class Given(DistillationTrainer):  # type: ignore[misc]
        """The trainer, with its generation left out."""

        def _generate(self, prompts: list[str]) -> Any:
            wanted = [int(one) for one in prompts]
            seen(
                [{"input_ids": rows[at]["input_ids"], "labels": labels(rows[at])} for at in wanted]
            )
            ids = [(rows[at]["input_ids"], cuts[at]) for at in wanted]
            return [one[:cut] for one, cut in ids], [one[cut:] for one, cut in ids], None, None, []

    args = DistillationConfig(**arguments(scene, out, beta=0.0, max_completion_length=64))
    trainer = Given(
        model=_model(scene, STUDENT), teacher_model=_model(scene, TEACHER), args=args,
        train_dataset=_dataset([{"prompt": str(at)} for at in range(len(rows))]),
        processing_class=_tokenizer(scene),
    )  # fmt: skip
    return _ended(trainer, seen, out)


def server(scene: Scene, out: Path) -> Found:
    """A teacher behind TRL's own client of a vLLM server; none is here."""
    from trl.experimental.server_distillation import (
        ServerDistillationConfig,
        ServerDistillationTrainer,
    )

    given = arguments(scene, out, beta=0.0, loss_top_k=scene.size.outcomes)
    args = ServerDistillationConfig(**given, teacher_model_server_url="http://127.0.0.1:9")
    return _fitted(_trainer(ServerDistillationTrainer, scene, args), out)


def distillkit(scene: Scene, out: Path) -> Found:
    """Stored outcomes, their ids and log-probabilities as they are, at every token of the batch."""
    from trl import SFTConfig

    rows = [row | {"labels": labels(row)} for row in scene.examples]
    args = SFTConfig(**arguments(scene, out, max_length=None, remove_unused_columns=False))
    made = kit.trainer(
        scene, out, _model(scene, STUDENT), args=args, train_dataset=_dataset(rows),
        processing_class=_tokenizer(scene),
        data_collator=kit.collated(_collator(scene), scene.size.outcomes),
    )  # fmt: skip
    return _fitted(made, out)


def _trainer(kind: Any, scene: Scene, args: Any, **more: Any) -> Any:
    rows = [{"input_ids": row["input_ids"], "labels": labels(row)} for row in scene.examples]
    return kind(
        model=_model(scene, STUDENT), args=args, train_dataset=_dataset(rows),
        processing_class=_tokenizer(scene), **more,
    )  # fmt: skip


def _fitted(trainer: Any, out: Path) -> Found:
    trainer.data_collator = seen = Counted(trainer.data_collator)
    return _ended(trainer, seen, out)


def _ended(trainer: Any, seen: Counted, out: Path) -> Found:
    told = trainer.train()
    trainer.save_model(str(out / STUDENT))
    return Found(told.global_step, seen.supervised, seen.computed, told.training_loss)


def _dataset(rows: list[Row]) -> Any:
    from datasets import Dataset

    return Dataset.from_list(rows)


def _collator(scene: Scene) -> Any:
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    return DataCollatorForLanguageModeling(pad_token_id=_tokenizer(scene).pad_token_id)


def _model(scene: Scene, name: str) -> Any:
    from ops.student import model as students

    return students.load(scene.folder / name)


def _tokenizer(scene: Scene) -> Any:
    from ops.student import tokenizer as tokenizers

    return tokenizers.load(scene.folder / STUDENT)
