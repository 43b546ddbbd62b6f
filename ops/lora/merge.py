"""Adapter + student → one Hugging Face folder that computes the same."""

from pathlib import Path
from typing import Any

import peft
import torch

from ops.errors import ContractError
from ops.student import model as students
from ops.student import tokenizer as tokenizers

TOLERANCE = 1e-3
PROBES = 8


def merge(student: Path, adapter: Path, out: Path) -> dict[str, Any]:
    """Merge in fp32 and compare the logits before and after on seeded probes.

    Raises:
        ContractError: the merged model differs by more than the tolerance; nothing is saved.
    """
    base, tokenizer = students.load(student), tokenizers.load(student)
    adapted = peft.PeftModel.from_pretrained(base, str(adapter)).eval()
    seeded = torch.Generator().manual_seed(0)
    probes_BT = torch.randint(0, len(tokenizer), (PROBES, 48), generator=seeded).to(base.device)
    with torch.no_grad():
        before_BTV = adapted(input_ids=probes_BT).logits
        merged = adapted.merge_and_unload()
        after_BTV = merged(input_ids=probes_BT).logits
    difference = float((before_BTV - after_BTV).abs().max())
    if not difference <= TOLERANCE:
        raise ContractError(
            f"merged model: logits differ by {difference:.2e} from base plus adapter, allowed "
            f"{TOLERANCE:.0e}; its weights are too large: lower lora.training.learning_rate"
        )
    students.save(merged, tokenizer, out / "student")
    agreement = float((before_BTV.argmax(-1) == after_BTV.argmax(-1)).float().mean())
    return {"logits_max_difference": difference, "argmax_agreement": agreement}
