"""What training the student will take, printed before it starts: parameters, memory, a step's cost.

Counted on a model without weights; nothing is downloaded. Not here: what asking the teacher will
take (plan.py), and the line that a run itself prints of its longest batch (ops/training).
"""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.student.source import is_gguf
from resources.profile import ROOT, Profile

SUPERVISED = 0.1
"""Share of the tokens that are targets: of tool-calling prompts it is 8.65 % (BFCL, SmolLM2)."""


def show(profile: Profile, console: Console) -> None:
    """Print the table of the two stages that train the whole student."""
    from ops.training.estimate import estimate, meta

    config, told = _shape(profile)
    model = meta(config)
    budget, context = profile.shards.batch_tokens, profile.student.context
    lengths = (context,) * max(1, budget // context)
    table = Table(
        "", "parameters", "memory", "FLOP a step", title=f"Training {told}", title_justify="left"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for stage in ("kd", "process"):
        training = getattr(profile, stage).training
        found = estimate(model, training, lengths, round(SUPERVISED * sum(lengths)))
        row = (f"{found.parameters:,}", f"{found.memory / 1e9:.1f} GB", f"{found.step_flops:.1e}")
        table.add_row(stage, *row)
    console.print(table)
    ranks = profile.launch.ranks
    if ranks > 1:
        console.print(
            f"Weights, gradients and AdamW's moments are split over {ranks} ranks; activations "
            f"are of each.",
            highlight=False,
        )


def _shape(profile: Profile) -> tuple[Any, str]:
    """The student's configuration, and where it is from; of scratch where there is no folder."""
    from transformers import AutoConfig

    from ops.student.model import shape

    student = profile.student
    base = None if student.base is None else ROOT / student.base
    if base is not None and not is_gguf(base) and Path(base / "config.json").is_file():
        return AutoConfig.from_pretrained(str(base), local_files_only=True), str(student.base)
    made = shape(student.scratch, student.scratch.vocabulary, student.context)
    if student.base is None:
        return made, "a student from nothing"
    return made, f"{student.base}, which is not there or tells no shape: counted as scratch"
