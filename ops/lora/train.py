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
from ops.lora.examples import broken, corrected
from ops.losses.config import DistillationConfig
from ops.losses.contract import Objective
from ops.losses.distillation import Distillation
from ops.losses.repair import Repair
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training import ranks
from ops.training.batch import Examples, planned
from ops.training.contract import SUMMARY
from ops.training.curriculum import first_epoch
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
        _unit(row, tokenizer, config) for row in tables.rows(tables.read(critiques, CRITIQUES))
    ]
    if not corrections:
        model.save_pretrained(str(out / "adapter"))
        return _not_run(config, out)
    train, validation = _data(corrections, shards, config)
    run = Run(
        "lora",
        train,
        validation,
        _objective(config),
        config.training,
        out,
        fingerprint("lora", config.model_dump(mode="json"), [student, shards, critiques]),
        first=first_epoch(train, config.training),
    )
    counted = {"corrections": len(corrections), "broken_tokens": _broken_tokens(corrections)}
    figures = counted | asdict(fit(model, run))
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


def _unit(row: dict[str, Any], tokenizer: Any, config: LoraConfig) -> Examples:
    """A correction, and with it the broken output where that is unlearnt: they share a batch."""
    wrong = broken(row, tokenizer) if config.repair else None
    right = corrected(row, tokenizer, config.caws_strength)
    return [right, *([wrong] if wrong else [])]


def _broken_tokens(units: list[Examples]) -> int:
    return sum(sum(row.get("broken", ())) for unit in units for row in unit)


def _objective(config: LoraConfig) -> Objective:
    return Repair(config.repair) if config.repair else Distillation(TEXT)


def _data(
    corrections: list[Examples], shards: Path, config: LoraConfig
) -> tuple[list[Examples], list[Examples]]:
    """(train, validation) batches: every fifth correction is kept out, with the repair examples."""
    kept = corrections[KEPT_OUT - 1 :: KEPT_OUT]
    train = [unit for index, unit in enumerate(corrections, start=1) if index % KEPT_OUT]
    mended = {unit[0]["prompt_id"] for unit in corrections}
    replay = [row for batch in planned(shards, "train") for row in batch]
    replay.sort(key=lambda row: row["prompt_id"])
    train += [[row] for row in replay[: round(config.replay * len(train))]]
    kept += [
        [row]
        for batch in planned(shards, "repair")
        for row in batch
        if row["prompt_id"] not in mended
    ]
    return _batched(train), _batched(kept)


def _batched(units: list[Examples]) -> list[Examples]:
    plan = batches([sum(len(row["input_ids"]) for row in unit) for unit in units], BATCH_TOKENS)
    return [[row for index in batch for row in units[index]] for batch in plan]
