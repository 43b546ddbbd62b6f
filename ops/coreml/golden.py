"""Golden vectors: the probes with PyTorch's and the interpreter's logits, to replay on a Mac.

A probe is one .npz, [T] tokens of prompt and greedy continuation:
    input_ids        int32 [T]      feed the first `prompt` at once, the others one by one
    student_ids      int32 [T, K]   the student's likeliest next tokens, fp32, PyTorch
    student_logits   fp32  [T, K]
    package_ids      int32 [T, K]   the package's, by the interpreter, fp16
    package_logits   fp32  [T, K]
    package_last     fp16  [V]      all logits of the last position
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ops.coreml.bounds import BOUNDS
from ops.coreml.config import CoreMLConfig
from ops.coreml.replay import Replay

KEPT = 5  # likeliest tokens a position


def write(out: Path, replays: list[Replay], config: CoreMLConfig) -> None:
    """Fill the folder `out` with one file a probe and index.json."""
    out.mkdir()
    probes = []
    for number, one in enumerate(replays):
        name = f"probe-{number:03d}.npz"
        np.savez(out / name, **vectors(one))
        probes.append({"file": name, "prompt": len(one.prompt), "tokens": len(one.student_TV)})
    bounds = BOUNDS[config.precision]
    index = {
        "probes": probes,
        "top1_at_least": bounds.top1,
        "logit_difference_at_most_share_of_largest": bounds.rounding,
    }
    (out / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def vectors(one: Replay) -> dict[str, Any]:
    """The arrays of one probe."""
    student_ids, student_logits = likeliest(one.student_TV)
    package_ids, package_logits = likeliest(one.package_TV)
    return {
        "input_ids": np.array(one.prompt + one.continuation, np.int32),
        "student_ids": student_ids,
        "student_logits": student_logits,
        "package_ids": package_ids,
        "package_logits": package_logits,
        "package_last": one.package_TV[-1].numpy().astype(np.float16),
    }


def likeliest(logits_TV: Tensor) -> tuple[Any, Any]:
    """Ids int32 and logits fp32 [T, K], best first."""
    top = logits_TV.topk(KEPT, -1)
    return top.indices.numpy().astype(np.int32), top.values.numpy().astype(np.float32)
