"""Golden vectors: the probes with PyTorch's and the interpreter's logits, to replay anywhere.

A probe is one .npz, [T] tokens of prompt and greedy continuation:
    input_ids        int32 [T]      feed the first `prompt` at once, the others one by one
    student_ids      int32 [T, K]   the student's likeliest next tokens, fp32, PyTorch
    student_logits   fp32  [T, K]
    student_total    fp32  [T]      log of the sum of exp of all its logits
    package_ids      int32 [T, K]   the package's, by the interpreter, fp16
    package_logits   fp32  [T, K]
    package_last     fp16  [V]      all logits of the last position
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ops.coreml.bounds import BOUNDS
from ops.coreml.config import CoreMLConfig
from ops.coreml.replay import Replay
from ops.errors import ContractError

KEPT = 5  # likeliest tokens a position
READ = (
    "input_ids",
    "student_ids",
    "student_logits",
    "student_total",
    "package_ids",
    "package_logits",
)


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


@dataclass(frozen=True, slots=True)
class Recorded:
    """One probe as it was recorded; its first `prompt` tokens are fed at once."""

    prompt: int
    input_ids: list[int]
    student_ids: Tensor
    student_logits: Tensor
    student_total: Tensor
    package_ids: Tensor
    package_logits: Tensor


def read(folder: Path) -> list[Recorded]:
    """The probes that `write` left. Raises ContractError if they cannot be read."""
    found = []
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        for entry in index["probes"]:
            with np.load(folder / entry["file"]) as stored:
                arrays = {name: torch.from_numpy(stored[name]) for name in READ}
            ids = stored_ids(arrays.pop("input_ids"), entry["tokens"])
            found.append(Recorded(int(entry["prompt"]), ids, **arrays))
    except (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ContractError(
            f"{folder}: the golden vectors cannot be read ({error}); make the package again"
        ) from error
    if not found:
        raise ContractError(f"{folder} holds no probe; make the package again")
    return found


def stored_ids(ids: Tensor, count: int) -> list[int]:
    """The tokens of a probe, as many as index.json says."""
    if len(ids) != count:
        raise ValueError(f"{len(ids)} tokens where index.json says {count}")
    return [int(token) for token in ids]


def vectors(one: Replay) -> dict[str, Any]:
    """The arrays of one probe."""
    student_ids, student_logits = likeliest(one.student_TV)
    package_ids, package_logits = likeliest(one.package_TV)
    return {
        "input_ids": np.array(one.prompt + one.continuation, np.int32),
        "student_ids": student_ids,
        "student_logits": student_logits,
        "student_total": one.student_TV.logsumexp(-1).numpy(),
        "package_ids": package_ids,
        "package_logits": package_logits,
        "package_last": one.package_TV[-1].numpy().astype(np.float16),
    }


def likeliest(logits_TV: Tensor) -> tuple[Any, Any]:
    """Ids int32 and logits fp32 [T, K], best first."""
    top = logits_TV.topk(KEPT, -1)
    return top.indices.numpy().astype(np.int32), top.values.numpy().astype(np.float32)
