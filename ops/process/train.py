"""token shards + kd_checkpoint → a student with more weight on its decisions."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute
from torch import Tensor

from ops import tables
from ops.losses.supervision import ProcessSupervision
from ops.process.config import ProcessConfig
from ops.shards.contract import SHARD
from ops.spans.contract import DECISIONS, KINDS
from ops.training.checkpoint import Checkpoint

NOT_RUN = (
    "no decision in the shards (shards.process_supervision is off, or no answer has one): the "
    "student is that of kd_checkpoint"
)


def supervise(
    student: Path, shards: Path, config: ProcessConfig, out: Path, negatives: Path | None = None
) -> dict[str, Any]:
    """Train into `out`; figures in nats per supervised token.

    `negatives` is the table of wrong answers, for a margin that has a weight.
    Where no answer holds a decision there is nothing that distillation has not done: the student
    is handed on as it is, without a step, and `not_run` in the figures says why.
    """
    if not _decided(shards):
        shutil.copytree(student, out / "student", dirs_exist_ok=True)
        return {"not_run": NOT_RUN}

    def objective(embeddings_VH: Tensor) -> ProcessSupervision:
        return ProcessSupervision(config.supervision, embeddings_VH)

    settings = config.model_dump(mode="json")
    grammar = config.supervision.validity_weight > 0
    of = Checkpoint("process", student, shards, out, grammar, config.supervision, negatives)
    return of.train(objective, config.training, settings)


def _decided(shards: Path) -> bool:
    """Is a token of a decision in the train split?"""
    of = {KINDS.index(kind) for kinds in DECISIONS.values() for kind in kinds}
    decisions = pa.array(sorted(of), pa.uint8())
    for path in sorted(shards.glob("shard-*.parquet")):
        shard = tables.read(path, SHARD)
        learnt = compute.list_flatten(
            shard.filter(compute.equal(shard["split"], "train"))["span_kind"]
        )
        if compute.any(compute.is_in(learnt, decisions)).as_py():
            return True
    return False
