"""Corrections + student → a PEFT adapter, at its best step.

Trained on what the student got wrong on the repair split, with examples of the training split mixed
in; chosen by the loss on corrections that only judge (data.py). Not here: the base and the adapter
before the first step (adapter.py), the loop (ops/training/loop.py).
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.lora.adapter import adapted
from ops.lora.config import LoraConfig
from ops.lora.data import data
from ops.lora.examples import broken, corrected
from ops.losses.config import DistillationConfig
from ops.losses.contract import Objective
from ops.losses.distillation import Distillation
from ops.losses.repair import Repair
from ops.student import tokenizer as tokenizers
from ops.student.source import room
from ops.training import ranks
from ops.training.batch import Examples
from ops.training.contract import SUMMARY
from ops.training.curriculum import first_epoch
from ops.training.fingerprint import fingerprint
from ops.training.keeping import shelf
from ops.training.loop import fit
from ops.training.run import Run
from ops.training.sharding import whole

TEXT = DistillationConfig(divergence_weight=0.0)


def adapt(
    student: Path, shards: Path | None, critiques: Path, config: LoraConfig, out: Path
) -> dict[str, Any]:
    """Train into `out/adapter`; without a correction the adapter is left at zero, and says so.

    `shards` None: nothing is mixed in. A correction that the student has no room for is left out,
    and counted.
    """
    with ranks.joined():
        return _adapt(student, shards, critiques, config, out)


def _adapt(
    student: Path, shards: Path | None, critiques: Path, config: LoraConfig, out: Path
) -> dict[str, Any]:
    rows = tables.rows(tables.read(critiques, CRITIQUES))
    tokenizer = tokenizers.load(student)
    most = room(student, tokenizer)
    units = [unit for row in rows if (unit := fitting(row, tokenizer, config, most))]
    train, validation = data(units, shards, config)
    model = adapted(student, config)
    if not units:
        model.save_pretrained(str(out / "adapter"))
        return _not_run(config, out, len(rows))
    inputs = [one for one in (student, shards, critiques) if one is not None]
    run = Run(
        "lora",
        train,
        validation,
        _objective(config),
        config.training,
        out,
        fingerprint("lora", config.model_dump(mode="json"), inputs),
        first=first_epoch(train, config.training),
    )
    counted = {
        "corrections": len(units),
        "too_long": len(rows) - len(units),
        "broken_tokens": _broken_tokens(units),
    }
    figures = counted | asdict(fit(model, run))
    weights = whole(model)
    if ranks.number() == 0:
        model.save_pretrained(str(out / "adapter"), state_dict=weights)
        shelf(run).clear()
    return figures


def _not_run(config: LoraConfig, out: Path, too_long: int) -> dict[str, Any]:
    figures = {"corrections": 0, "not_run": "no accepted correction: the adapter is zero"}
    if too_long:
        figures["not_run"] = f"each of {too_long} corrections is too long: the adapter is zero"
    summary = figures | {"stage": "lora", "config": config.training.model_dump()}
    (out / SUMMARY).write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return figures


def fitting(row: dict[str, Any], tokenizer: Any, config: LoraConfig, room: int) -> Examples:
    """A correction, and with it the broken output where that is unlearnt: they share a batch.

    Empty if the student has no room for the correction; a broken output that is too long is left
    out alone.
    """
    right = corrected(row, tokenizer, config.caws_strength)
    wrong = broken(row, tokenizer) if config.repair else None
    if len(right["input_ids"]) > room:
        return []
    return [right, *([wrong] if wrong and len(wrong["input_ids"]) <= room else [])]


def _broken_tokens(units: list[Examples]) -> int:
    return sum(sum(row.get("broken", ())) for unit in units for row in unit)


def _objective(config: LoraConfig) -> Objective:
    return Repair(config.repair) if config.repair else Distillation(TEXT)
