"""A teacher that is here: loaded once, frozen, beside every batch of a run.

It reads the ids of the student's examples as they are packed, so it must have the student's tokens,
and its whole distribution is told by its last hidden states and its head. It runs when a batch is
passed (hidden.py), not when one is collated: its states are then those of one micro-batch at a
time. Not here: the divergence (ops/losses/dense.py) and its share (ops/losses/joint.py).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ops.errors import InputError
from ops.losses.config import DenseConfig
from ops.losses.product import Head
from ops.student import model as students
from ops.student.attention import attend_by_example
from ops.student.source import arguments, files
from ops.training.batch import Batch, Examples, Teacher
from ops.training.contrast import Collate

# What some families do to logits after the head, which the divergence does not.
AFTER_THE_HEAD = ("final_logit_softcapping", "logits_scaling", "logit_scale")


@dataclass(frozen=True, slots=True)
class Taught:
    """Collates examples, with a teacher that reads them too."""

    collate: Collate
    teacher: Teacher

    def __call__(self, examples: Examples) -> Batch:
        """The batch with the teacher beside it."""
        return replace(self.collate(examples), teacher=self.teacher)


def load(config: DenseConfig, tokenizer: Any, vocabulary: int, *, bf16: bool) -> Teacher:
    """The teacher on the student's device, in bf16 where the student computes in it.

    Args:
        config: where it is.
        tokenizer: the student's.
        vocabulary: rows of the student's head, which may be more than it has tokens.
        bf16: hold its weights in bf16.

    Raises:
        InputError: there is no model, one that cannot read packed examples or does more to its
            logits than its head, or one with other tokens.
    """
    path = Path(config.teacher)
    if not files(path):
        raise InputError(
            f"kd.dense.teacher: {path} has no model; expected a Hugging Face folder (config.json, "
            f"model.safetensors, tokenizer.json) or a GGUF file"
        )
    _require_tokens(path, tokenizer)
    try:
        model = students.load(path)
        attend_by_example(model)
    except InputError as error:
        raise InputError(f"kd.dense.teacher: {error}") from error
    _require_plain_logits(path, model.config)
    model.requires_grad_(False).eval()
    for value in model.parameters() if bf16 else ():
        value.data = value.data.to(torch.bfloat16)  # buffers hold frequencies: not to be rounded
    head = Head(model.lm_head.weight, model.lm_head.bias)
    return Teacher(model, fitted(head, vocabulary), config.temperature)


def fitted(head: Head, vocabulary: int) -> Head:
    """The head with as many rows as the student's: heads are padded to round numbers.

    Rows behind the student's are left out. Those that the teacher lacks it never says: they have a
    logit of -inf. Neither is of a token, as the tokenizers are the same.
    """
    weight_VG, bias_V, lacking = head.weight_VH, head.bias_V, vocabulary - len(head.weight_VH)
    if lacking <= 0:
        return Head(weight_VG[:vocabulary], None if bias_V is None else bias_V[:vocabulary])
    bias_V = weight_VG.new_zeros(len(weight_VG)) if bias_V is None else bias_V
    rows_LG = weight_VG.new_zeros(lacking, weight_VG.shape[1])
    never_L = bias_V.new_full((lacking,), -torch.inf)
    return Head(torch.cat([weight_VG, rows_LG]), torch.cat([bias_V, never_L]))


def _require_tokens(path: Path, tokenizer: Any) -> None:
    """Raise InputError unless each token has the same id in both tokenizers."""
    from transformers import AutoTokenizer

    place, options = arguments(path)
    try:
        theirs = AutoTokenizer.from_pretrained(place, **options).get_vocab()
    except (OSError, ValueError) as error:
        raise InputError(
            f"kd.dense.teacher: {path} has no tokenizer: {str(error).splitlines()[0]}; it must "
            f"have the student's"
        ) from error
    ours = tokenizer.get_vocab()
    differing = sorted(token for token, _ in ours.items() ^ theirs.items())
    if differing:
        raise InputError(
            f"kd.dense.teacher: {path} has a tokenizer of {len(theirs)} tokens, the student one of "
            f"{len(ours)}, and they differ, as in {differing[0]!r}: a divergence over the whole "
            f"vocabulary needs the same ids; take a teacher with the student's tokenizer"
        )


def _require_plain_logits(path: Path, config: Any) -> None:
    added = [name for name in AFTER_THE_HEAD if getattr(config, name, None) not in (None, 1, 1.0)]
    if added:
        raise InputError(
            f"kd.dense.teacher: {path} is of type {config.model_type}, whose logits have "
            f"{', '.join(added)}; take a teacher of the Llama family (Llama, Qwen, Mistral)"
        )
