"""Divergence and agreement beside a plain computation over the whole vocabulary."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.distributions.measure import Spec, work
from ops.student import model as students
from ops.training.batch import planned, supervised


def plainly(model: Any, example: dict[str, Any]) -> dict[str, float]:
    """Sums of one example, token by token, with Python's own numbers."""
    ids = example["input_ids"]
    with torch.no_grad():
        logq = model(input_ids=torch.tensor([ids])).logits[0].double().log_softmax(-1)
    told = len(example["teacher_ids"]) // max(len(example["teacher_at"]), 1)
    sums = {"tokens": 0.0, "taught": 0.0, "text": 0.0, "divergence": 0.0, "agreement": 0.0}
    for at in supervised(example["span_kind"]):
        row = logq[at - 1]
        sums["tokens"] += 1
        sums["text"] -= float(row[ids[at]])
        if at not in example["teacher_at"]:
            continue
        where = example["teacher_at"].index(at) * told
        pairs = zip(
            example["teacher_ids"][where : where + told],
            example["teacher_logp"][where : where + told],
            strict=True,
        )
        known = {index: math.exp(nats) for index, nats in pairs if index >= 0}
        rest = max(1 - sum(known.values()), 1e-6)
        whole = sum(known.values()) + rest
        other = 1 - sum(math.exp(float(row[index])) for index in known)
        sums["taught"] += 1
        sums["divergence"] += rest / whole * math.log(rest / whole / other)
        for index, mass in known.items():
            sums["divergence"] += mass / whole * (math.log(mass / whole) - float(row[index]))
        sums["agreement"] += max(known, key=lambda index: known[index]) == int(row.argmax())
    return sums


def test_the_measure_is_that_of_a_plain_computation(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    found = work(Spec(student=student_folder, shards=shards_folder, split="repair"), tmp_path)
    model = students.load(student_folder).eval()
    plain = [
        plainly(model, example)
        for examples in planned(shards_folder, "repair")
        for example in examples
    ]
    sums = {name: sum(one[name] for one in plain) for name in plain[0]}
    assert found["tokens"] == sums["tokens"]
    assert found["taught"] == sums["taught"] > 0
    assert found["text"] == pytest.approx(sums["text"] / sums["tokens"], rel=1e-5)
    assert found["divergence"] == pytest.approx(sums["divergence"] / sums["taught"], rel=1e-4)
    assert found["agreement"] == pytest.approx(sums["agreement"] / sums["taught"])
    assert found["text"] > found["byte"] > 0
    # 80 %, 15 % of a comma, and 5 % of anything else.
    assert found["entropy"] == pytest.approx(
        -sum(p * math.log(p) for p in (0.8, 0.15, 0.05)), abs=0.02
    )
