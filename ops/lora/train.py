"""Corrections + process_checkpoint → a PEFT adapter, at its best step.

Trained on what the student got wrong on the repair split, with examples of the training split mixed
in; chosen by the loss on repair examples that were kept out. The held-out split plays no part.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import peft
import torch

from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.lora.config import LoraConfig
from ops.losses.config import DistillationConfig
from ops.losses.distillation import Distillation
from ops.spans.contract import KINDS
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.encode import encode
from ops.training import ranks
from ops.training.batch import planned
from ops.training.contract import SUMMARY
from ops.training.fingerprint import fingerprint
from ops.training.keeping import shelf
from ops.training.loop import fit
from ops.training.plan import batches
from ops.training.run import Run
from ops.training.sharding import whole

KEPT_OUT = 5
BATCH_TOKENS = 2048
TEXT = DistillationConfig(divergence_weight=0.0)


def adapt(
    student: Path, shards: Path, critiques: Path, config: LoraConfig, out: Path
) -> dict[str, Any]:
    """Train into `out/adapter`; without a correction the adapter is left at zero, and says so."""
    with ranks.joined():
        return _adapt(student, shards, critiques, config, out)


def _adapt(
    student: Path, shards: Path, critiques: Path, config: LoraConfig, out: Path
) -> dict[str, Any]:
    model, tokenizer = students.load(student), tokenizers.load(student)
    torch.manual_seed(config.training.seed)  # the adapter's initial weights
    model = peft.get_peft_model(
        model,
        peft.LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )
    corrections = [
        _example(row, tokenizer) for row in tables.rows(tables.read(critiques, CRITIQUES))
    ]
    if not corrections:
        model.save_pretrained(str(out / "adapter"))
        return _not_run(config, out)
    inputs = [student, shards, critiques]
    run = Run(
        "lora",
        *_data(corrections, shards, config),
        Distillation(TEXT),
        config.training,
        out,
        fingerprint("lora", config.model_dump(mode="json"), inputs),
    )
    figures = {"corrections": len(corrections), **asdict(fit(model, run))}
    weights = whole(model)
    if ranks.number() == 0:
        model.save_pretrained(str(out / "adapter"), state_dict=weights)
        shelf(run).clear()
    return figures


def _not_run(config: LoraConfig, out: Path) -> dict[str, Any]:
    figures = {"corrections": 0, "not_run": "no accepted correction: the adapter is zero"}
    summary = figures | {"stage": "lora", "config": config.training.model_dump()}
    (out / SUMMARY).write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return figures


def _data(
    corrections: list[dict[str, Any]], shards: Path, config: LoraConfig
) -> tuple[list[list[dict[str, Any]]], list[list[dict[str, Any]]]]:
    """(train, validation) batches: every fifth correction is kept out, with the repair examples."""
    kept = corrections[KEPT_OUT - 1 :: KEPT_OUT]
    train = [row for index, row in enumerate(corrections, start=1) if index % KEPT_OUT]
    corrected = {row["prompt_id"] for row in corrections}
    replay = [row for batch in planned(shards, "train") for row in batch]
    replay.sort(key=lambda row: row["prompt_id"])
    train += replay[: round(config.replay * len(train))]
    kept += [
        row
        for batch in planned(shards, "repair")
        for row in batch
        if row["prompt_id"] not in corrected
    ]
    return _batched(train), _batched(kept)


def _batched(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    plan = batches([len(row["input_ids"]) for row in rows], BATCH_TOKENS)
    return [[rows[index] for index in batch] for batch in plan]


def _example(row: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    """The prompt with the corrected answer; the bad output is never a target, nor in the prompt."""
    text = row["prompt"] + row["corrected"]
    encoded = encode(tokenizer, text, [len(row["prompt"]), len(text)])
    asked, whole = encoded.cuts
    return {
        "prompt_id": row["prompt_id"],
        "input_ids": encoded.ids,
        "span_kind": [KINDS.index("prompt")] * asked + [KINDS.index("prose")] * (whole - asked),
        "teacher_at": [],
        "teacher_ids": [],
        "teacher_logp": [],
    }
