"""Adapter + student → one Hugging Face folder that computes the same.

Merged in fp32, saved in the dtype of the student, read back, and only then compared: what is
shipped is what was checked. Where head and embeddings are one matrix and the adapter changes one of
the two, they are parted first: the update of one must not reach the other.
"""

import shutil
from pathlib import Path
from typing import Any

import peft
import torch
from torch import Tensor

from ops.errors import ContractError
from ops.lora import parity
from ops.lora.parity import TOLERANCES, Parity
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.source import dtype_name

BESIDE = ("generation_config.json", "chat_template.jinja", "*token*.json", "*token*.model")
"""Files of a student that say how it is asked and read; they go on as they are."""


def merge(student: Path, adapter: Path, out: Path) -> dict[str, Any]:
    """Merge into `out/student`; figures of how far its logits are from base plus adapter.

    Raises:
        ContractError: the merged model differs by more than the tolerance; nothing is left.
    """
    tokenizer = tokenizers.load(student)
    probes = parity.probes(tokenizer)
    adapted = _adapted(student, adapter)
    expected_NV = parity.logits(adapted, probes)
    merged = adapted.merge_and_unload()
    _require(parity.compared(expected_NV, parity.logits(merged, probes)), torch.float32, "merged")
    dtype = _dtype(student)
    draft = out / ".student"
    shutil.rmtree(draft, ignore_errors=True)
    students.save(merged.to(dtype), tokenizer, draft)
    del adapted, merged
    _beside(student, draft)
    found = _read_back(draft, probes, expected_NV)
    try:
        _require(found, dtype, "saved")
    except ContractError:
        shutil.rmtree(draft)
        raise
    draft.rename(out / "student")
    return {
        "logits_max_difference": found.difference,
        "logits_relative_difference": found.relative,
        "tolerance": TOLERANCES[dtype],
        "argmax_agreement": found.agreement,
        "dtype": str(dtype).removeprefix("torch."),
    }


def _adapted(student: Path, adapter: Path) -> Any:
    """Base plus adapter, in fp32; what the adapter changes of two tied matrices is apart."""
    base = students.load(student)
    head, embeddings = base.get_output_embeddings(), base.get_input_embeddings()
    tied = head.weight is embeddings.weight
    if tied:
        head.weight = torch.nn.Parameter(head.weight.detach().clone(), requires_grad=False)
        base.config.tie_word_embeddings = False
    model = peft.PeftModel.from_pretrained(base, str(adapter))
    ends = (base.get_output_embeddings(), base.get_input_embeddings())
    if tied and not any(hasattr(end, "base_layer") for end in ends):
        head.weight = embeddings.weight
        base.config.tie_word_embeddings = True
    return model


def _dtype(student: Path) -> torch.dtype:
    """That of the student's weights; those that nothing is known about are saved in fp32."""
    found = getattr(torch, dtype_name(student), torch.float32)
    return found if found in TOLERANCES else torch.float32


def _beside(student: Path, folder: Path) -> None:
    for pattern in BESIDE:
        for path in student.glob(pattern):
            shutil.copyfile(path, folder / path.name)


def _read_back(folder: Path, probes: list[Tensor], expected_NV: Tensor) -> Parity:
    return parity.compared(expected_NV, parity.logits(students.load(folder), probes))


def _require(found: Parity, dtype: torch.dtype, what: str) -> None:
    """Raise ContractError if the logits are too far apart."""
    allowed = TOLERANCES[dtype]
    if not found.relative <= allowed:
        raise ContractError(
            f"{what} model: logits differ by {found.difference:.2e} from base plus adapter, "
            f"{found.relative:.1e} of the largest, allowed {allowed:.0e} in "
            f"{str(dtype).removeprefix('torch.')}; "
            f"its weights are too large: lower lora.training.learning_rate"
        )
