"""What must hold of the corrections before a student is trained on them."""

import json
from typing import Any

from ops.scoring.score import score

END = "<|im_end|>"


def outside(rows: list[dict[str, Any]], prompts: dict[str, dict[str, Any]]) -> list[str]:
    """Corrections of prompts that are not in the repair split: held-out prompts only judge."""
    return [row["prompt_id"] for row in rows if prompts[row["prompt_id"]]["split"] != "repair"]


def failing(rows: list[dict[str, Any]], prompts: dict[str, dict[str, Any]]) -> list[str]:
    """Corrections that the scorer, reading them as it reads a student, still finds fault with."""
    found = []
    for row in rows:
        prompt = prompts[row["prompt_id"]]
        judged = score(
            row["corrected"].removesuffix(END),
            tools=json.loads(prompt["tools"]),
            expected=json.loads(prompt["expected"]) if prompt["expected"] else None,
            carries=json.loads(prompt["carries"]) if prompt["carries"] else None,
            finished=True,
        )
        if judged.category is not None:
            found.append(f"{row['prompt_id']}: {judged.category}")
    return found
