"""Two lakes of the same recorded answers, with the teacher's tokenizer and with another; training.

The students are scratch ones. A seed is that of the first weights and of the order of the batches.
Nothing is chosen on the split that is measured: `repair`, measured by training at its start and
its end alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import lake
from benchmarks.distributions.kept import kept
from benchmarks.lake import Data
from benchmarks.stages import Done, Spec, Stages
from ops.errors import InputError

TOKENIZER, RECORDED, PROMPTS = "qwen2.5-tokenizer", "recorded", "bfcl"
OWN, OTHER = "the teacher's tokenizer", "another tokenizer"
MEASURE = "benchmarks.distributions.measure"
OUTCOMES = 20
RATE, BATCH_TOKENS = 5.0e-3, 256
"""A hundred examples are few steps: small batches, and a learning rate above the profile's."""
SPLITS = {"train": 0.75, "repair": 0.24, "heldout": 0.01}
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is compared: weights of the divergence and seeds; `data` holds the recordings.

    weights: of forward KL with a tail; the text has the rest. 0 = cross-entropy alone.
    tokenizers: OWN and OTHER, or one of them.
    """

    data: Path
    weights: Sequence[float]
    seeds: Sequence[int]
    epochs: float
    hidden: int
    tokenizers: Sequence[str] = (OWN, OTHER)


def run(wanted: Wanted, stages: Stages) -> list[Line]:
    """A line a student: tokenizer, weight, seed and what was measured, and one a lake."""
    lines = list[Line]()
    for tokenizer in wanted.tokenizers:
        data = lake.made(stages.work, "tiny", overrides(wanted, tokenizer))
        left = kept(data.shards, data.responses)
        lines.append({"what": "kept", "tokenizer": tokenizer, **left, **told(data)})
        lines += students(data, tokenizer, wanted, stages)
    return lines


def overrides(wanted: Wanted, tokenizer: str) -> dict[str, str]:
    """Settings of the lake of one tokenizer.

    Raises:
        InputError: there is no recording in the folder.
    """
    recorded = sorted((wanted.data / RECORDED).glob("*.jsonl*"))
    if not recorded:
        raise InputError(
            f"{wanted.data / RECORDED} holds no *.jsonl or *.jsonl.gz; name the folder that has "
            f"{PROMPTS}, {RECORDED} and {TOKENIZER} with --data"
        )
    width = {"hidden": wanted.hidden, "heads": 4, "kv_heads": 2, "layers": 2}
    own = {"student.tokenizer": str(wanted.data / TOKENIZER)} if tokenizer == OWN else {}
    return {
        "lake.name": "own" if tokenizer == OWN else "other",
        "prompts.prompts": "null",
        "prompts.sources": json.dumps([{"path": str(wanted.data / PROMPTS)}]),
        "prompts.splits": json.dumps(SPLITS),
        "teacher.endpoint": f"replay:{recorded[0]}",
        "teacher.top_logprobs": str(OUTCOMES),
        "shards.top_k": str(OUTCOMES),
        "shards.batch_tokens": str(BATCH_TOKENS),
        "student.context": "768",
        "student.scratch.feed_forward": str(3 * wanted.hidden),
        **{f"student.scratch.{name}": str(value) for name, value in width.items()},
        **own,
    }


def told(data: Data) -> Line:
    """What the shards' own metadata says."""
    return {name: data.figures[name] for name in ("train", "repair", "teacher_distribution_share")}


def students(data: Data, tokenizer: str, wanted: Wanted, stages: Stages) -> list[Line]:
    """Train and measure: one before training, and one for every weight and seed after it."""
    bases = stages.all("ops.student", [_base(data, seed) for seed in wanted.seeds])
    cells = [(seed, weight) for seed in wanted.seeds for weight in wanted.weights]
    of = dict(zip(wanted.seeds, bases, strict=True))
    specs = [
        _training(of[seed], data, _kd(data, weight, seed, wanted.epochs)) for seed, weight in cells
    ]
    trained = stages.all("ops.kd", specs)
    made = [bases[0], *trained]
    measured = stages.all(MEASURE, [_measuring(one, data) for one in made])
    return [
        {"what": "student", "tokenizer": tokenizer, "weight": weight, "seed": seed}
        | {"steps": one.figures.get("steps", 0), **done.figures}
        for (seed, weight), one, done in zip(
            [(wanted.seeds[0], None), *cells], made, measured, strict=True
        )
    ]


def _training(base: Done, data: Data, config: Spec) -> Spec:
    return {"student": str(base.path / "student"), "shards": str(data.shards), "config": config}


def _measuring(made: Done, data: Data) -> Spec:
    return {"student": str(made.path / "student"), "shards": str(data.shards), "split": "repair"}


def _base(data: Data, seed: int) -> Spec:
    """A student of this seed, with the tokenizer that the shards were made with."""
    config = data.profile().student.model_copy(
        update={"seed": seed, "tokenizer": str(data.student)}
    )
    return {"prompts": [], "config": config.model_dump(mode="json")}


def _kd(data: Data, weight: float, seed: int, epochs: float) -> Spec:
    given = {
        "distillation.divergence_weight": weight,
        "training.seed": seed,
        "training.epochs": epochs,
        "training.learning_rate": RATE,
        "training.validations": 1,
    }
    settings = {f"kd.{key}": str(value) for key, value in given.items()}
    return data.profile(settings).kd.model_dump(mode="json")
