"""The ways to make a loss of a head and its gradients, each a step on a scene.

A step is forward and backward, and the gradients lie where autograd puts them. What a way imports
is imported when it is made, so one that is not installed is a reason and not an end.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.head.scene import CHUNK, Scene
from ops.losses.contract import Outcomes, Sums, Targets
from ops.losses.head import Aim, head_pass
from ops.losses.product import Head

Step = Callable[[], None]
TITLES = {
    "bare": "the matrix products alone",
    "ours": "**ours**, KL with tail + cross-entropy, with norms",
    "ours_ce": "**ours**, cross-entropy alone",
    "full_ce": "full logits, `F.cross_entropy`",
    "linear_ce": "`F.linear_cross_entropy`, `batch_chunk_size=256`",
    "trl_ce": "TRL chunked log-probabilities, cross-entropy",
    "trl_sparse": "TRL async distillation, sparse KL with tail",
    "distillkit": "DistillKit sparse KL",
    "liger_jsd": "Liger chunked JSD, a live teacher of the same size",
}
IN_16_BITS = ("bare", "ours", "ours_ce", "full_ce")


class Distil:
    """Cross-entropy, and the divergence from the teacher's outcomes and its tail."""

    looks_first = False

    def __init__(self, divergence: bool) -> None:
        self.divergence = divergence

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        """As the contract says."""
        sums = {"cross_entropy": -seen.logq_CK[:, 0].sum()}
        if self.divergence:
            logp = targets.teacher_logp_NK
            p = logp.exp()
            tail = (1 - p.sum(1)).clamp_min(1e-6)
            listed = (p * (logp - seen.logq_CK)).sum()
            sums["divergence"] = listed + (tail * (tail.log() - seen.tail_C)).sum()
        return sums


def bare(scene: Scene) -> Step:
    """The products of the supervised rows alone, a chunk at a time in one buffer."""
    hidden_NH = scene.hidden_TH.detach()[scene.rows_N].to(scene.product)
    weight_VH = scene.weight_VH.detach().to(scene.product)

    def step() -> None:
        buffer_CV = weight_VH.new_empty(min(CHUNK, len(hidden_NH)), len(weight_VH))
        slope_NH = torch.empty_like(hidden_NH)
        slope_VH = torch.zeros_like(weight_VH) if scene.trained else None
        for start in range(0, len(hidden_NH), CHUNK):
            rows = slice(start, start + CHUNK)
            logits_CV = buffer_CV[: len(hidden_NH[rows])]
            torch.mm(hidden_NH[rows], weight_VH.T, out=logits_CV)
            torch.mm(logits_CV, weight_VH, out=slope_NH[rows])
            if slope_VH is not None:
                slope_VH.addmm_(logits_CV.T, hidden_NH[rows])

    return step


def ours(scene: Scene, divergence: bool = True) -> Step:
    """The head pass of this project on the supervised rows."""
    count, ids = len(scene.rows_N), scene.ids_NK if divergence else scene.ids_NK[:, :1]
    zeros = torch.zeros(count, dtype=torch.long)
    targets = Targets(
        ids, scene.teacher_logp_NK[:, : ids.shape[1]], zeros, torch.ones(count), zeros, zeros.bool()
    )
    scale = {"cross_entropy": 0.3 / count, "divergence": 0.7 / count}
    aim: Any = Aim(Distil(divergence), scale)  # type: ignore[arg-type]
    product = None if scene.product == torch.float32 else scene.product
    head = Head(scene.weight_VH, product=product)

    def step() -> None:
        _back(head_pass(scene.hidden_TH[scene.rows_N], head, targets, aim).total)

    return step


def ours_ce(scene: Scene) -> Step:
    """The same with the label alone."""
    return ours(scene, divergence=False)


def full_ce(scene: Scene) -> Step:
    """The logits of all tokens, as a model that is given labels makes them."""
    labels = scene.labels_T

    def step() -> None:
        with _cast(scene):
            logits = functional.linear(scene.hidden_TH, scene.weight_VH)
        _back(functional.cross_entropy(logits.float(), labels))

    return step


def _back(total: Tensor) -> None:
    torch.autograd.backward([total])


def _cast(scene: Scene) -> Any:
    if scene.product == torch.float32:
        return nullcontext()
    return torch.autocast("cpu", scene.product)


def linear_ce(scene: Scene) -> Step:
    """PyTorch's own fused cross-entropy, on all tokens: it ignores rows and does not drop them."""
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=CHUNK)
    labels = scene.labels_T

    def step() -> None:
        found = functional.linear_cross_entropy(
            scene.hidden_TH, scene.weight_VH, labels, ignore_index=-100, options=options
        )
        _back(found)

    return step


def trl_ce(scene: Scene) -> Step:
    """TRL's fused log-probabilities, on all tokens as its trainers do without Triton."""
    from trl.kernels import ChunkedLogProbFunction
    from trl.trainer.utils import _CHUNKED_LOGPROB_CHUNK_SIZE

    labels = scene.labels_T

    def step() -> None:
        told: Tensor = ChunkedLogProbFunction.apply(
            scene.hidden_TH, scene.weight_VH, None, labels.clamp(min=0), 1.0,
            _CHUNKED_LOGPROB_CHUNK_SIZE, None, 1.0, (),
        )[0]  # fmt: skip
        _back(-told.masked_fill(labels < 0, 0).sum() / len(scene.rows_N))

    return step


def trl_sparse(scene: Scene) -> Step:
    """TRL's divergence from a teacher's outcomes, on the supervised rows as its trainer does."""
    from trl.experimental.async_distillation.async_distillation_trainer import _chunked_jsd_loss

    known = torch.ones_like(scene.ids_NK, dtype=torch.bool)

    def step() -> None:
        found = _chunked_jsd_loss(
            scene.hidden_TH[scene.rows_N], scene.weight_VH, None, 1.0, None, scene.ids_NK,
            scene.teacher_logp_NK, known, 0.0, 1.0, True, None, 1, CHUNK,
        )  # fmt: skip
        _back(found[0] / len(scene.rows_N))

    return step


def distillkit(scene: Scene) -> Step:
    """DistillKit's divergence with a tail, on all logits and a mask as its trainer does."""
    from distillkit.lossfuncs import MissingProbabilityHandling, sparse_kl_div

    mask = torch.zeros(1, len(scene.hidden_TH))
    mask[0, scene.rows_N] = 1.0
    ids = scene.ids_NK.new_zeros(1, len(scene.hidden_TH), scene.ids_NK.shape[1])
    told = torch.full(ids.shape, -20.0)
    ids[0, scene.rows_N], told[0, scene.rows_N] = scene.ids_NK, scene.teacher_logp_NK

    def step() -> None:
        logits = functional.linear(scene.hidden_TH, scene.weight_VH)[None]
        found = sparse_kl_div(
            logits, ids, told, mask, missing=MissingProbabilityHandling.SYMMETRIC_UNIFORM,
            chunk_length=CHUNK,
        )  # fmt: skip
        _back(found / len(scene.rows_N))

    return step


def liger_jsd(scene: Scene) -> Step:
    """Liger's fused divergence from a teacher that is here, on all tokens."""
    from liger_kernel.chunked_loss import LigerFusedLinearJSDLoss

    loss = LigerFusedLinearJSDLoss(compiled=False, chunk_size=CHUNK)
    teacher, labels = scene.hidden_TH.detach().flip(0), scene.labels_T

    def step() -> None:
        weight = scene.weight_VH
        _back(loss(scene.hidden_TH, weight, teacher, weight.detach(), labels))

    return step


WAYS: dict[str, Callable[[Scene], Step]] = {
    "bare": bare,
    "ours": ours,
    "ours_ce": ours_ce,
    "full_ce": full_ce,
    "linear_ce": linear_ce,
    "trl_ce": trl_ce,
    "trl_sparse": trl_sparse,
    "distillkit": distillkit,
    "liger_jsd": liger_jsd,
}
