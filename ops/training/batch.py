"""From shards on disk to padded batches with aligned targets.

Shape suffixes:  B batch · T position · N supervised tokens · M those with a teacher's distribution.
A token at position t is predicted from position t - 1: `rows_N` are flat B·T positions of the
predicting hidden states.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops import tables
from ops.losses.objective import Targets
from ops.shards.contract import PLAN, SHARD


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded examples, and where and what their supervised tokens are."""

    ids_BT: Tensor
    attention_BT: Tensor
    rows_N: Tensor
    targets: Targets


def planned(shards: Path, split: str) -> list[list[dict[str, Any]]]:
    """The examples of a split, batch by batch, as the plan says."""
    rows = {
        number: tables.rows(tables.read(path, SHARD))
        for number, path in enumerate(sorted(shards.glob("shard-*.parquet")))
    }
    plan = [
        row
        for row in tables.rows(tables.read(shards / "plan.parquet", PLAN))
        if row["split"] == split
    ]
    return [
        [rows[entry["shard"]][entry["row"]] for entry in entries]
        for _, entries in groupby(plan, key=lambda row: row["batch"])
    ]


def epochs(count: int, seed: int, steps: int, start: int) -> Iterator[tuple[int, int]]:
    """(step, batch number) from step `start` on: the order is a function of (seed, epoch) alone."""
    for step in range(start, steps):
        epoch, index = divmod(step, count)
        if index == 0 or step == start:
            order = torch.randperm(
                count, generator=torch.Generator().manual_seed(seed * 9973 + epoch)
            )
        yield step, int(order[index])


def collate(examples: list[dict[str, Any]], pad: int, device: torch.device) -> Batch:
    """Pad on the right; supervise every token of the answers and nothing else."""
    width = max(len(example["input_ids"]) for example in examples)
    ids_BT = torch.full((len(examples), width), pad)
    attention_BT = torch.zeros((len(examples), width), dtype=torch.long)
    rows, labels, kinds = list[int](), list[int](), list[int]()
    teacher_rows, teacher_ids, teacher_logp = list[int](), list[int](), list[float]()
    for index, example in enumerate(examples):
        ids = example["input_ids"]
        ids_BT[index, : len(ids)] = torch.tensor(ids)
        attention_BT[index, : len(ids)] = 1
        first = example["prompt_tokens"]
        teacher_rows += [len(labels) + at for at in example["teacher_at"]]
        teacher_ids += example["teacher_ids"]
        teacher_logp += example["teacher_logp"]
        rows += range(index * width + first - 1, index * width + len(ids) - 1)
        labels += ids[first:]
        kinds += example["span_kind"][first:]
    outcomes = len(teacher_ids) // len(teacher_rows) if teacher_rows else 1
    targets = Targets(
        torch.tensor(labels, dtype=torch.long, device=device),
        torch.tensor(kinds, dtype=torch.long, device=device),
        torch.tensor(teacher_rows, dtype=torch.long, device=device),
        torch.tensor(teacher_ids, dtype=torch.long, device=device).view(-1, outcomes),
        torch.tensor(teacher_logp, device=device).view(-1, outcomes),
    )
    rows_N = torch.tensor(rows, dtype=torch.long, device=device)
    return Batch(ids_BT.to(device), attention_BT.to(device), rows_N, targets)


def logits(model: Any, batch: Batch) -> Tensor:
    """[N, V]: only supervised positions reach the vocabulary projection."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden_BTD = base.model(
        input_ids=batch.ids_BT, attention_mask=batch.attention_BT, use_cache=False
    ).last_hidden_state
    projected: Tensor = base.lm_head(hidden_BTD.flatten(0, 1)[batch.rows_N])
    return projected
