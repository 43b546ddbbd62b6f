"""No number that is not finite is descended, or saved: the run ends, and the batch is named."""

import math
from collections.abc import Sequence

from ops.errors import ContractError
from ops.training.batch import Examples
from ops.training.run import Run

TOLD = 4


def whose(run: Run, numbers: Sequence[int]) -> str:
    """The batches by number, and the first prompts in them."""
    examples: Examples = [row for number in numbers for row in run.train[number]]
    ids = [str(row.get("prompt_id", "without an id")) for row in examples]
    more = f" and {len(ids) - TOLD} more" if len(ids) > TOLD else ""
    batches = ", ".join(map(str, numbers))
    return f"batch {batches} (prompts {', '.join(ids[:TOLD])}{more})"


def require_finite(run: Run, step: int, numbers: Sequence[int], found: dict[str, float]) -> None:
    """Raise ContractError if a found value is NaN or infinite; `step` counts from 1."""
    bad = [f"{name} {value}" for name, value in found.items() if not math.isfinite(value)]
    if bad:
        raise ContractError(
            f"{run.stage}: step {step} has {' and '.join(bad)} in {whose(run, numbers)}; both must "
            f"be finite, and nothing of the step was kept: lower learning_rate "
            f"({run.config.learning_rate}) in the profile or take these prompts out"
        )


def require_targets(run: Run, step: int, numbers: Sequence[int], tokens: float) -> None:
    """Raise ContractError if a window holds nothing to learn: a loss of 0 would hide it."""
    if not tokens > 0:
        raise ContractError(
            f"{run.stage}: step {step} has no supervised token with a weight in "
            f"{whose(run, numbers)}; its targets were cut away: materialize token_shards again "
            f"with more room for answers"
        )
