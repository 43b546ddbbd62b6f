"""What every way is given: one student and one set of examples, as folders on disk.

    student/  teacher/   Llama models of one shape, seeded; the teacher is for trainers that run one
    shards/              examples with a teacher's likeliest outcomes, and the plan of our batches
    text/                the same without the outcomes

Ids and outcomes are drawn, with one seed: time and memory do not depend on them. A step is a batch
of ours; `budget` is the least number of tokens with which the examples fit into as many batches as
there are steps, so all ways take the same number of optimizer steps.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models

from benchmarks.training.lengths import Length
from ops import tables
from ops.shards.contract import NUMBERS, PLAN, SHARD
from ops.spans.contract import CONTEXT_KINDS, KINDS, RESPONSES
from ops.student import tokenizer as tokenizers
from ops.student.config import ScratchConfig
from ops.training.batch import supervised
from ops.training.plan import packed

STUDENT, TEACHER, SHARDS, TEXT = "student", "teacher", "shards", "text"
IGNORED = -100
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """per_step: examples of an optimizer step, in the mean; vocabulary: tokens of the head."""

    per_step: int = 8
    hidden: int = 256
    layers: int = 6
    vocabulary: int = 16_384
    outcomes: int = 20


@dataclass(frozen=True)
class Scene:
    """The folders and what their examples are; lengths in tokens of the whole examples."""

    folder: Path
    size: Size
    budget: int
    steps: int
    lengths: Sequence[int]

    @property
    def examples(self) -> list[Row]:
        """Rows of SHARD, of the train split."""
        table = tables.read(self.folder / SHARDS / "shard-00000.parquet", SHARD)
        return [row for row in tables.rows(table) if row["split"] == "train"]


def read(folder: Path) -> Scene:
    """The scene that `write` left there."""
    told = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    return Scene(folder, Size(**told.pop("size")), **told)


def write(folder: Path, size: Size, lengths: Sequence[Length]) -> Scene:
    """Make the folders; one more example, as short as the first, is in the repair split."""
    whole = [prompt + answer for prompt, answer in lengths]
    steps = max(1, len(whole) // size.per_step)
    tokenizer = tokenizers.wrap(_tokenizer(size.vocabulary), max(whole), "none")
    for seed, name in enumerate((STUDENT, TEACHER)):
        _model(folder / name, size, tokenizer, seed)
    drawn = np.random.default_rng(7)
    rows = [_row("train", one, size, drawn) for one in lengths]
    rows += [_row("repair", min(lengths), size, drawn)]
    budget = _budget(whole, steps)
    plan = _plan(whole, packed(whole, budget).tolist())
    for name, told in ((SHARDS, rows), (TEXT, [row | _SILENT for row in rows])):
        (folder / name).mkdir()
        tables.write(tables.from_rows(told, SHARD), folder / name / "shard-00000.parquet", NUMBERS)
        tables.write(tables.from_rows(plan, PLAN), folder / name / "plan.parquet")
    about = {"size": asdict(size), "budget": budget, "steps": steps, "lengths": whole}
    (folder / "scene.json").write_text(json.dumps(about), encoding="utf-8")
    return read(folder)


def labels(row: Row) -> list[int]:
    """The ids that are learnt, IGNORED elsewhere."""
    learnt = set(supervised(row["span_kind"]))
    return [one if at in learnt else IGNORED for at, one in enumerate(row["input_ids"])]


def _tokenizer(vocabulary: int) -> Tokenizer:
    special = [tokenizers.PAD, tokenizers.END]
    words = [*special, *(f"word{number}" for number in range(vocabulary - len(special)))]
    ids = {word: number for number, word in enumerate(words)}
    return Tokenizer(models.WordLevel(ids, unk_token=tokenizers.PAD))


def _model(folder: Path, size: Size, tokenizer: Any, seed: int) -> None:
    from ops.student import model as students

    heads = max(1, size.hidden // 32)
    config = ScratchConfig(
        vocabulary=size.vocabulary, hidden=size.hidden, layers=size.layers, heads=heads,
        kv_heads=max(1, heads // 2), feed_forward=size.hidden * 8 // 3,
    )  # fmt: skip
    made = students.scratch(config, tokenizer, tokenizer.model_max_length, seed)
    students.save(made, tokenizer, folder)


def _row(split: str, length: Length, size: Size, drawn: np.random.Generator) -> Row:
    """A prompt and an answer each of whose tokens has a teacher's outcomes, the label likeliest."""
    prompt, answer = length
    ids = drawn.integers(2, size.vocabulary, prompt + answer)
    # One token of each stratum, so that none is listed twice but by the label.
    stratum = size.vocabulary // size.outcomes
    told = drawn.integers(0, stratum, (answer, size.outcomes))
    told += stratum * np.arange(size.outcomes)
    told[:, 0] = ids[prompt:]
    nats = drawn.normal(0, 2, (answer, size.outcomes + 1))
    nats[:, 0] = nats.max(1) + 1
    nats -= np.log(np.exp(nats).sum(1, keepdims=True))
    context, learnt = KINDS.index(CONTEXT_KINDS[0]), KINDS.index("prose")
    return {
        "prompt_id": "", "split": split, "prompt_kind": "single", "source": RESPONSES,
        "licence": "", "weight": 1.0, "tools": "", "has_call": True, "has_distribution": True,
        "input_ids": ids, "span_kind": [context] * prompt + [learnt] * answer,
        "teacher_at": np.arange(prompt, prompt + answer), "teacher_ids": told.ravel(),
        "teacher_logp": nats[:, :-1].ravel(),
    }  # fmt: skip


_SILENT: Row = {
    "has_distribution": False, "teacher_at": [], "teacher_ids": [], "teacher_logp": [],
}  # fmt: skip


def _budget(lengths: Sequence[int], steps: int) -> int:
    budget = max(max(lengths), -(-sum(lengths) // steps))
    while packed(lengths, budget).max() >= steps:
        budget += 1
    return budget


def _plan(lengths: Sequence[int], batches: Sequence[int]) -> list[Row]:
    """The train split's batches, and one of the last row, which is the repair split."""

    def entry(split: str, batch: int, row: int, tokens: int) -> Row:
        return {"split": split, "batch": batch, "shard": 0, "row": row, "tokens": tokens}

    order = sorted(range(len(lengths)), key=lambda row: (batches[row], row))
    rows = [entry("train", batches[row], row, lengths[row]) for row in order]
    return [*rows, entry("repair", 0, len(lengths), min(lengths))]
