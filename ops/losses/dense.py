"""The exact divergence over the whole vocabulary from a teacher that is here, with its gradient.

KL(teacher ‖ student) of the distributions at temperature τ, times τ² once, so that the gradient
keeps its size (Hinton et al., arXiv 1503.02531, section 2). The gradient by the student's logits is
τ (q - p), so both heads go through in chunks, as in head.py, and no logits are kept: one product
for the teacher, and for the student three, or two with a head that is frozen.

Shape suffixes:  N supervised rows · C rows of one chunk · V vocabulary · H, G hidden widths.
Unit: nats per token. Not here: a teacher that tells K outcomes (divergence.py, head.py), what this
counts beside another objective (joint.py), how the teacher runs (ops/training/teacher.py).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ops.errors import ContractError
from ops.losses.closed_form import blocks
from ops.losses.contract import Targets
from ops.losses.head import Pass
from ops.losses.product import Head, Product, Slopes, known
from ops.losses.rows import is_right

COMPONENT = "dense_kl"


@dataclass(frozen=True, slots=True)
class Dense:
    """A teacher's last hidden states on the same N rows, and its head over the same vocabulary.

    weights_N: what a row counts for; 0 = it is not taught.
    """

    hidden_NG: Tensor
    head: Head
    weights_N: Tensor
    temperature: float = 1.0


def row_weights(targets: Targets) -> Tensor:
    """[N] what each row counts for: as in the text, and nothing in an output that is broken."""
    return is_right(targets) * targets.weights_N


def dense_pass(hidden_NH: Tensor, head: Head, teacher: Dense, scale: float) -> Pass:
    """Sum over the rows of weight · τ² · KL, and scale times it as the total, as `head_pass`.

    Nothing of the teacher gets a gradient. Raises ContractError if the vocabularies differ.
    """
    _check(hidden_NH, head, teacher)
    with torch.autocast(hidden_NH.device.type, enabled=False), torch.no_grad():
        ours = Product(head, hidden_NH)
        theirs = Product(_as_chunked(teacher.head, ours.chunk), teacher.hidden_NG)
    slopes = Slopes.wanted(ours, hidden_NH, head)
    with torch.autocast(hidden_NH.device.type, enabled=False), torch.no_grad():
        found = hidden_NH.new_zeros(2, dtype=ours.dtype)
        for rows in ours.chunks():
            logits_CV = ours.logits(rows)
            found += _chunk(logits_CV, theirs.logits(rows), teacher, rows)
            if slopes is not None:
                ours.back(rows, logits_CV.mul_(scale), slopes)
        total = scale * found[0]
    norms = {} if slopes is None else {COMPONENT: abs(scale) * found[1].sqrt()}
    return Pass(known(total, slopes, hidden_NH, head), {COMPONENT: found[0]}, norms)


def _as_chunked(head: Head, chunk: int) -> Head:
    return Head(head.weight_VH, head.bias_V, chunk, head.product)


def _chunk(student_CV: Tensor, teacher_CV: Tensor, teacher: Dense, rows: slice) -> Tensor:
    """[2] the divergence and the square of its gradient, which replaces the student's logits."""
    weights_C = teacher.weights_N[rows].to(student_CV.dtype)
    found = student_CV.new_zeros(2)
    for part in blocks(student_CV):
        logq = (student_CV[part] / teacher.temperature).log_softmax(1)
        logp = (teacher_CV[part].to(logq.dtype) / teacher.temperature).log_softmax(1)
        p = logp.exp()
        weights = weights_C[part] * teacher.temperature
        # A probability of nothing times the logarithm of nothing is nothing.
        apart = torch.where(p > 0, p * (logp - logq), 0.0).sum(1)
        slope = logq.exp_().sub_(p).mul_(weights[:, None])
        found[0] += teacher.temperature * (weights * apart).sum()
        found[1] += slope.square().sum()
        student_CV[part] = slope
    return found


def _check(hidden_NH: Tensor, head: Head, teacher: Dense) -> None:
    ours, theirs = len(head.weight_VH), len(teacher.head.weight_VH)
    if ours != theirs:
        raise ContractError(
            f"the teacher's head has {theirs} tokens and the student's {ours}; a divergence over "
            "the whole vocabulary needs the same: take a teacher with the student's tokenizer"
        )
    counts = len(hidden_NH), len(teacher.hidden_NG), len(teacher.weights_N)
    if len(set(counts)) > 1:
        raise ContractError(
            f"the rows of student, teacher and weights are {counts}; expected equal: align them"
        )
